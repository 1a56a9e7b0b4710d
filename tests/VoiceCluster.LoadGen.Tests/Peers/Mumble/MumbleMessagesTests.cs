using VoiceCluster.LoadGen.Peers.Mumble;

namespace VoiceCluster.LoadGen.Tests.Peers.Mumble;

public sealed class MumbleMessagesTests
{
    [Fact]
    public void Messages_to_the_server_have_these_bytes()
    {
        Convert.ToHexStringLower(MumbleMessages.Version()).ShouldBe("0000" + "00000004" + "08848604");
        Convert.ToHexStringLower(MumbleMessages.Authenticate("abc")).ShouldBe("0002" + "00000007" + "0a03616263" + "2801");
        Convert.ToHexStringLower(MumbleMessages.Ping()).ShouldBe("0003" + "00000000");
    }

    [Theory]
    [InlineData("000f00000036", true, 15, 54)]
    [InlineData("000500100000", true, 5, 1 << 20)]
    [InlineData("000500100001", false, 5, (1 << 20) + 1)]
    [InlineData("0005ffffffff", false, 5, -1)]
    public void TryReadHeader_Bounds_AreKept(string header, bool isTaken, int type, int length)
    {
        MumbleMessages.TryReadHeader(Convert.FromHexString(header), out var readType, out var readLength).ShouldBe(isTaken);
        ((int)readType, readLength).ShouldBe((type, length));
    }

    [Fact]
    public void Session_is_the_first_field_of_the_sync()
    {
        MumbleMessages.TryReadSession(Convert.FromHexString("08ac0210809bee02"), out var session).ShouldBeTrue();
        session.ShouldBe(300u);
        MumbleMessages.TryReadSession(Convert.FromHexString("10809bee02"), out _).ShouldBeFalse();
        MumbleMessages.TryReadSession(Convert.FromHexString("08ac02ff"), out _).ShouldBeFalse();
    }

    [Fact]
    public void Keys_are_taken_only_if_all_three_are_there_and_whole()
    {
        var whole = CryptSetupMessage(16, 16, 16);
        var setup = MumbleMessages.ReadCryptSetup(whole).ShouldNotBeNull();
        setup.Key.ShouldAllBe(value => value == 1);
        setup.ClientNonce.ShouldAllBe(value => value == 2);
        setup.ServerNonce.ShouldAllBe(value => value == 3);
        MumbleMessages.ReadCryptSetup(CryptSetupMessage(16, 15, 16)).ShouldBeNull();
        MumbleMessages.ReadCryptSetup(whole.AsSpan(0, 36)).ShouldBeNull();
        MumbleMessages.ReadCryptSetup([]).ShouldBeNull();
    }

    [Fact]
    public void Reason_of_a_refusal_is_its_second_field()
    {
        MumbleMessages.ReadRejectReason([0x08, 0x03, 0x12, 0x04, .. "full"u8]).ShouldBe("full");
        MumbleMessages.ReadRejectReason([0x08, 0x03]).ShouldBe("no reason given");
    }

    private static byte[] CryptSetupMessage(params int[] lengths)
    {
        var writer = new ProtobufWriter();
        for (var field = 1; field <= lengths.Length; field++)
        {
            writer.WriteBytes(field, [.. Enumerable.Repeat((byte)field, lengths[field - 1])]);
        }

        return writer.Written.ToArray();
    }
}
