using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Tests.Hosting;

public class RemoteEnvelopeCodecTests
{
    private static readonly NodeIncarnation Node = new(new NodeId("n1"), 0x0102030405060708);
    private static readonly EntityAddress Entity = new(EntityKind.VoiceState, new ShardId(255), "r/7/é");

    /// <summary>Every frame with its bytes as they are on the wire, written by hand.</summary>
    private static readonly (RemoteEnvelope Envelope, string Hex)[] Golden =
    [
        (new RemoteEnvelope.ToEntity(Entity, 3, 1, null, Bytes("hi")),
            "01 01 01 02 00FF 0000000000000003 0006 722F372FC3A9 00 6869"),
        (new RemoteEnvelope.ToEntity(Entity, 0, 0, new ReplyAddress(Node, 9), Bytes("hi")),
            "01 01 00 02 00FF 0000000000000000 0006 722F372FC3A9 01 0002 6E31 0102030405060708 0000000000000009 6869"),
        (new RemoteEnvelope.ToLocal("g", null, Bytes(string.Empty)),
            "01 02 0001 67 00"),
        (new RemoteEnvelope.ToLocal("g", new ReplyAddress(Node, 9), Bytes("hi")),
            "01 02 0001 67 01 0002 6E31 0102030405060708 0000000000000009 6869"),
        (new RemoteEnvelope.Answer(-1, 9, Bytes("hi")),
            "01 03 FFFFFFFFFFFFFFFF 0000000000000009 6869"),
        (new RemoteEnvelope.Failure(5, 9, AskFailure.Faulted),
            "01 04 0000000000000005 0000000000000009 04"),
        (new RemoteEnvelope.Owner(new ShardClaim(new ShardId(17), Node, 4)),
            "01 05 0011 0000000000000004 0102030405060708 0002 6E31"),
    ];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Golden.Length)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Encode_EachFrame_GivesItsBytes(int index) =>
        Convert.ToHexString(RemoteEnvelopeCodec.Encode(Golden[index].Envelope)).ShouldBe(Golden[index].Hex.Replace(" ", string.Empty, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void TryDecode_EachFrame_GivesItBack(int index)
    {
        RemoteEnvelopeCodec.TryDecode(BytesOf(index), out var decoded).ShouldBeTrue();
        RemoteEnvelopeCodec.Encode(decoded).ShouldBe(BytesOf(index));
        decoded.GetType().ShouldBe(Golden[index].Envelope.GetType());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TryDecode_CutBeforeTheMessage_IsRefused(int index)
    {
        var bytes = BytesOf(index);
        var head = bytes.Length - MessageLength(Golden[index].Envelope);
        for (var length = 0; length < head; length++)
        {
            RemoteEnvelopeCodec.TryDecode(bytes.AsMemory(0, length), out _).ShouldBeFalse($"at {length}");
        }
    }

    [Theory]
    [InlineData("02 04 0000000000000005 0000000000000009 04")]
    [InlineData("01 00")]
    [InlineData("01 06 0000000000000005")]
    [InlineData("01 04 0000000000000005 0000000000000009 05")]
    [InlineData("01 04 0000000000000005 0000000000000009 04 00")]
    [InlineData("01 05 0100 0000000000000004 0102030405060708 0002 6E31")]
    [InlineData("01 01 00 03 00FF 0000000000000000 0001 72 00")]
    [InlineData("01 01 00 02 00FF 0000000000000000 0001 72 02")]
    [InlineData("01 02 0001 FF 00")]
    public void TryDecode_WrongVersionTypeOrValue_IsRefused(string hex) =>
        RemoteEnvelopeCodec.TryDecode(Convert.FromHexString(hex.Replace(" ", string.Empty, StringComparison.Ordinal)), out _).ShouldBeFalse();

    [Fact]
    public void TryDecode_AnyBytes_NeverThrows() =>
        Prop.ForAll<byte[]>(bytes =>
        {
            RemoteEnvelopeCodec.TryDecode(bytes, out _);
            RemoteEnvelopeCodec.TryDecode(new byte[] { 1, (byte)(bytes.Length % 7) }.Concat(bytes).ToArray(), out _);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Failures_KeepTheirNumbers() =>
        Enum.GetValues<AskFailure>().Select(failure => (failure, (int)failure)).ShouldBe(
        [
            (AskFailure.Timeout, 0), (AskFailure.Overloaded, 1), (AskFailure.Gone, 2), (AskFailure.Unreachable, 3), (AskFailure.Faulted, 4),
        ]);

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static byte[] BytesOf(int index) => RemoteEnvelopeCodec.Encode(Golden[index].Envelope);

    private static int MessageLength(RemoteEnvelope envelope) => envelope switch
    {
        RemoteEnvelope.ToEntity toEntity => toEntity.Message.Length,
        RemoteEnvelope.ToLocal toLocal => toLocal.Message.Length,
        RemoteEnvelope.Answer answer => answer.Message.Length,
        _ => 0,
    };
}
