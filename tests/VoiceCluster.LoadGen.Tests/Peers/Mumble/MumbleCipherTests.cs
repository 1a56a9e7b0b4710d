using VoiceCluster.LoadGen.Peers.Mumble;

namespace VoiceCluster.LoadGen.Tests.Peers.Mumble;

public sealed class MumbleCipherTests : IDisposable
{
    private static readonly byte[] Packet = [.. Enumerable.Range(1, 165).Select(value => (byte)value)];

    // The two ends of one connection; the first nonce wraps its lowest byte with the second packet.
    private readonly MumbleCipher _user = new(new CryptSetup([.. new byte[16]], [0xFE, .. new byte[15]], [.. Enumerable.Repeat((byte)7, 16)]));
    private readonly MumbleCipher _server = new(new CryptSetup([.. new byte[16]], [.. Enumerable.Repeat((byte)7, 16)], [0xFE, .. new byte[15]]));
    private readonly byte[] _datagram = new byte[300];
    private readonly byte[] _opened = new byte[300];

    public void Dispose()
    {
        _user.Dispose();
        _server.Dispose();
    }

    [Fact]
    public void Each_end_opens_what_the_other_seals()
    {
        for (var count = 0; count < 600; count++)
        {
            var length = _user.Seal(Packet, _datagram);
            length.ShouldBe(Packet.Length + MumbleCipher.OverheadBytes);
            _server.Open(_datagram.AsSpan(0, length), _opened).ShouldBe(Packet.Length);
            _opened[..Packet.Length].ShouldBe(Packet);
        }

        _user.Open(_datagram.AsSpan(0, _server.Seal(Packet, _datagram)), _opened).ShouldBe(Packet.Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(254)]
    public void Open_AfterLostDatagrams_GoesOn(int lost)
    {
        for (var count = 0; count < lost; count++)
        {
            _user.Seal(Packet, _datagram);
        }

        _server.Open(_datagram.AsSpan(0, _user.Seal(Packet, _datagram)), _opened).ShouldBe(Packet.Length);
    }

    [Fact]
    public void Open_ChangedDatagram_FailsAndLeavesTheNonce()
    {
        var length = _user.Seal(Packet, _datagram);
        for (var index = 1; index < length; index++)
        {
            _datagram[index] ^= 0x10;
            _server.Open(_datagram.AsSpan(0, length), _opened).ShouldBe(-1, $"byte {index}");
            _datagram[index] ^= 0x10;
        }

        _server.Open(_datagram.AsSpan(0, length), _opened).ShouldBe(Packet.Length);
    }

    [Fact]
    public void Open_TooShort_Fails()
    {
        for (var length = 0; length < MumbleCipher.OverheadBytes; length++)
        {
            _server.Open(_datagram.AsSpan(0, length), _opened).ShouldBe(-1);
        }
    }
}
