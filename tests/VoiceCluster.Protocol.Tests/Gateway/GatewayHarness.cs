using System.Text;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Gateway.Client;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Gateway;

/// <summary>A connection with made time whose outputs are collected as they come.</summary>
internal sealed class GatewayHarness
{
    public const string Key32 = "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31";

    public GatewayHarness(int version, VoiceGatewayOptions? options = null, bool helloSent = false)
    {
        Version = new VoiceGatewayVersion(version);
        Outbox = new VoiceOutbox(Version);
        Connection = new VoiceGatewayConnection(Version, options ?? new VoiceGatewayOptions(), Now, helloSent);
    }

    public static VoiceReady ReadyPayload { get; } =
        new(new Ssrc(1000), "203.0.113.9", 50001, [.. TransportEncryptionModes.All]);

    public static VoiceSessionDescription Description { get; } = new(
        TransportEncryptionMode.AeadAes256GcmRtpSize,
        Enumerable.Range(0, 32).Select(index => (byte)index).ToValueArray(),
        "00112233445566778899aabbccddeeff");

    public static Identify IdentifyPayload { get; } = new(new Snowflake(41), new Snowflake(42), "session", "token");

    public VoiceGatewayVersion Version { get; }

    public VoiceOutbox Outbox { get; }

    public VoiceGatewayConnection Connection { get; }

    public TimeSpan Now { get; private set; } = TimeSpan.FromHours(5);

    /// <summary>A socket that has identified and was accepted.</summary>
    public static GatewayHarness AtReady(int version, VoiceGatewayOptions? options = null)
    {
        var harness = new GatewayHarness(version, options);
        harness.Receive(IdentifyPayload);
        harness.Connection.AcceptIdentify(ReadyPayload, harness.Outbox, harness.Now);
        _ = harness.Drain();
        return harness;
    }

    /// <summary>A socket whose session has its description.</summary>
    public static GatewayHarness AtDescribed(int version, VoiceGatewayOptions? options = null)
    {
        var harness = AtReady(version, options);
        harness.Receive(new SelectProtocol("udp", Mode: "aead_aes256_gcm_rtpsize"));
        harness.Connection.SendSessionDescription(Description);
        _ = harness.Drain();
        return harness;
    }

    public void Receive(VoiceClientMessage message) => Connection.HandleText(VoiceClientFrames.Write(Version, message), Now);

    public void Receive(string json) => Connection.HandleText(Encoding.UTF8.GetBytes(json), Now);

    public void Advance(TimeSpan time)
    {
        Now += time;
        Connection.HandleTimeout(Now);
    }

    public IReadOnlyList<VoiceOutput> Drain()
    {
        var outputs = new List<VoiceOutput>();
        while (Connection.TryPoll(out var output))
        {
            outputs.Add(output);
        }

        return outputs;
    }

    public T Single<T>()
        where T : VoiceOutput => Drain().ShouldHaveSingleItem().ShouldBeOfType<T>();

    public IReadOnlyList<string> DrainTexts() =>
        [.. Drain().OfType<VoiceOutput.SendText>().Select(output => Encoding.UTF8.GetString(output.Utf8.Span))];

    public string SingleText() => Encoding.UTF8.GetString(Single<VoiceOutput.SendText>().Utf8.Span);

    /// <summary>Everything but the close is dropped; the close must be the last output.</summary>
    public VoiceOutput.Close DrainClose() => Drain()[^1].ShouldBeOfType<VoiceOutput.Close>();
}
