using System.Globalization;
using System.Security.Cryptography;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.LoadGen.Peers.RtpEngine;

/// <summary>An rtpengine with a call for each speaker: one publisher, and as many subscribers as there are copies.</summary>
/// <remarks>Users count from 0, call by call, the publisher first.</remarks>
internal sealed class RtpEngineForwarder : IPeerForwarder
{
    private static readonly BencodeValue.List Flags = List("trust-address");

    private readonly PeerServer _server;
    private readonly List<RtpPublisher> _publishers = [];
    private readonly Dictionary<int, AesGcmSrtp> _subscribers = [];

    private RtpEngineForwarder(PeerServer server, string name) => (_server, Name) = (server, name);

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public int ProcessId => _server.ProcessId;

    /// <inheritdoc />
    public IReadOnlyList<IPacketSource> Speakers => _publishers;

    /// <summary>Sets up all streams.</summary>
    /// <param name="server">The server; disposed with this.</param>
    /// <param name="control">Where commands go.</param>
    /// <param name="load">Who speaks and who hears.</param>
    /// <param name="userPort">The port of all users.</param>
    /// <exception cref="ClientException">rtpengine did not answer, refused, or offers no AES-256-GCM.</exception>
    public static async Task<RtpEngineForwarder> SetUpAsync(PeerServer server, string name, RtpEngineControl control, PeerLoad load, int userPort)
    {
        var forwarder = new RtpEngineForwarder(server, name);
        try
        {
            for (var speaker = 0; speaker < load.Speakers; speaker++)
            {
                forwarder.AddStream(control, speaker, load, userPort);
            }

            return forwarder;
        }
        catch
        {
            await forwarder.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public Task<ForwarderReading> ReadAsync(CancellationToken cancellation) => Task.FromResult(PeerReading.Take(ProcessId, _publishers));

    /// <inheritdoc />
    public int Open(int user, Span<byte> datagram, Span<byte> payload)
    {
        // A verification ends long before sequence numbers wrap.
        if (!_subscribers.TryGetValue(user, out var srtp) || srtp.Open(datagram, rolloverCount: 0) is not (var length and >= 0))
        {
            return -1;
        }

        datagram[RtpHeader.Length..length].CopyTo(payload);
        return length - RtpHeader.Length;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _publishers.ForEach(publisher => publisher.Dispose());
        foreach (var subscriber in _subscribers.Values)
        {
            subscriber.Dispose();
        }

        await _server.DisposeAsync();
    }

    private static BencodeValue.Text Text(string text) => new(text);

    private static BencodeValue.List List(string text) => new([Text(text)]);

    private void AddStream(RtpEngineControl control, int speaker, PeerLoad load, int userPort)
    {
        var number = speaker.ToString(CultureInfo.InvariantCulture);
        var stream = new StreamNames(Text($"call{number}"), Text($"speaker{number}"));
        var publisher = new RtpPublisher(speaker * (load.FanOut + 1), load.PayloadBytes);
        _publishers.Add(publisher);
        Publish(control, stream, publisher, userPort);
        for (var copy = 1; copy <= load.FanOut; copy++)
        {
            var user = publisher.User + copy;
            _subscribers.Add(user, Subscribe(control, stream, user, userPort));
        }
    }

    private static void Publish(RtpEngineControl control, StreamNames stream, RtpPublisher publisher, int userPort)
    {
        var crypto = new SdpCrypto(1, SrtpSuite.AesCounterHmac, publisher.CreateKey());
        var sdp = RtpEngineSdp.Write(PeerAddress.Of(publisher.User), userPort, "sendonly", crypto);
        var answer = control.Command("publish", ("call-id", stream.Call), ("from-tag", stream.Speaker), ("sdp", Text(sdp)), ("flags", Flags));
        publisher.Connect(RtpEngineSdp.ReadPort(answer.TextOf("sdp") ?? "") ?? throw new UnexpectedAnswerException("rtpengine told no port to publish to."));
    }

    // The suite must differ from the publisher's: with equal ones rtpengine hands on the publisher's key and packets as they are.
    private static AesGcmSrtp Subscribe(RtpEngineControl control, StreamNames stream, int user, int userPort)
    {
        var offer = control.Command(
            "subscribe request",
            ("call-id", stream.Call),
            ("from-tag", stream.Speaker),
            ("transport-protocol", Text("RTP/SAVP")),
            ("flags", Flags),
            ("rtcp-mux", List("offer")));
        var crypto = RtpEngineSdp.ReadCrypto(offer.TextOf("sdp") ?? "", SrtpSuite.AesGcm, AesGcmSrtp.MasterBytes)
            ?? throw new UnexpectedAnswerException($"rtpengine offers no {SrtpSuite.AesGcm}.");
        var tag = offer.TextOf("to-tag") ?? throw new UnexpectedAnswerException("rtpengine gave a subscription no tag.");
        var own = crypto with { Key = RandomNumberGenerator.GetBytes(AesGcmSrtp.MasterBytes) };
        var sdp = RtpEngineSdp.Write(PeerAddress.Of(user), userPort, "recvonly", own);
        control.Command("subscribe answer", ("call-id", stream.Call), ("to-tag", Text(tag)), ("sdp", Text(sdp)), ("flags", Flags));
        return new AesGcmSrtp(crypto.Key);
    }

    private sealed record StreamNames(BencodeValue.Text Call, BencodeValue.Text Speaker);
}
