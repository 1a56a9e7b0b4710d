using System.Security.Cryptography;
using VoiceCluster.Client.Sockets;

namespace VoiceCluster.LoadGen.Peers.RtpEngine;

/// <summary>Publishers on an rtpengine, each with subscribers of its own.</summary>
internal sealed class RtpEngineTraffic : IPeerTraffic
{
    private static readonly BencodeValue.List Flags = List("trust-address");

    private readonly List<RtpPublisher> _publishers = [];
    private readonly List<List<RtpSubscriber>> _subscribers = [];
    private readonly byte[] _payload;

    private RtpEngineTraffic(PeerLoad load) => _payload = PeerPayload.Create(load.PayloadBytes);

    /// <inheritdoc />
    public int Speakers => _publishers.Count;

    /// <summary>Sets up all streams: a call for each speaker, with a publisher and as many subscribers as there are copies.</summary>
    /// <exception cref="ClientException">rtpengine did not answer, refused, or offers no AES-256-GCM.</exception>
    public static async Task<RtpEngineTraffic> SetUpAsync(RtpEngineControl control, PeerLoad load)
    {
        var traffic = new RtpEngineTraffic(load);
        try
        {
            for (var speaker = 0; speaker < load.Speakers; speaker++)
            {
                traffic.AddCall(control, speaker, load.FanOut);
            }

            return traffic;
        }
        catch
        {
            await traffic.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public void DropCopies() => _subscribers.SelectMany(call => call).ToList().ForEach(subscriber => subscriber.DropArrivals());

    /// <inheritdoc />
    public void Send(int speaker) => _publishers[speaker].Send(_payload);

    /// <inheritdoc />
    public CopyCount Collect(int speaker)
    {
        var heard = _subscribers[speaker].Select(subscriber => subscriber.Hears(_publishers[speaker].LastSequence, _payload)).ToList();
        return new CopyCount(heard.Count(copy => copy == true), heard.Count(copy => copy == false));
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _publishers.ForEach(publisher => publisher.Dispose());
        _subscribers.SelectMany(call => call).ToList().ForEach(subscriber => subscriber.Dispose());
        return ValueTask.CompletedTask;
    }

    private static BencodeValue.Text Text(string text) => new(text);

    private static BencodeValue.List List(string text) => new([Text(text)]);

    private void AddCall(RtpEngineControl control, int speaker, int copies)
    {
        var (call, from) = (Text($"call{speaker}"), Text($"speaker{speaker}"));
        _publishers.Add(Publish(control, call, from, (uint)(0x1000 + speaker)));
        _subscribers.Add([]);
        for (var copy = 0; copy < copies; copy++)
        {
            _subscribers[speaker].Add(Subscribe(control, call, from));
        }
    }

    private static RtpPublisher Publish(RtpEngineControl control, BencodeValue.Text call, BencodeValue.Text from, uint ssrc)
    {
        var key = RandomNumberGenerator.GetBytes(AesCounterHmacSrtp.MasterBytes);
        var publisher = new RtpPublisher(key, ssrc);
        try
        {
            var sdp = RtpEngineSdp.Write(publisher.Port, "sendonly", new SdpCrypto(1, SrtpSuite.AesCounterHmac, key));
            var answer = control.Command("publish", ("call-id", call), ("from-tag", from), ("sdp", Text(sdp)), ("flags", Flags));
            publisher.Connect(RtpEngineSdp.ReadPort(answer.TextOf("sdp") ?? "") ?? throw new UnexpectedAnswerException("rtpengine told no port to publish to."));
            return publisher;
        }
        catch
        {
            publisher.Dispose();
            throw;
        }
    }

    // The suite must differ from the publisher's: with equal ones rtpengine hands on the publisher's key and packets as they are.
    private static RtpSubscriber Subscribe(RtpEngineControl control, BencodeValue.Text call, BencodeValue.Text from)
    {
        var offer = control.Command(
            "subscribe request",
            ("call-id", call),
            ("from-tag", from),
            ("transport-protocol", Text("RTP/SAVP")),
            ("flags", Flags),
            ("rtcp-mux", List("offer")));
        var crypto = RtpEngineSdp.ReadCrypto(offer.TextOf("sdp") ?? "", SrtpSuite.AesGcm, AesGcmSrtp.MasterBytes)
            ?? throw new UnexpectedAnswerException($"rtpengine offers no {SrtpSuite.AesGcm}.");
        var tag = offer.TextOf("to-tag") ?? throw new UnexpectedAnswerException("rtpengine gave a subscription no tag.");
        var subscriber = new RtpSubscriber(crypto.Key);
        try
        {
            var own = crypto with { Key = RandomNumberGenerator.GetBytes(AesGcmSrtp.MasterBytes) };
            var sdp = RtpEngineSdp.Write(subscriber.Port, "recvonly", own);
            control.Command("subscribe answer", ("call-id", call), ("to-tag", Text(tag)), ("sdp", Text(sdp)), ("flags", Flags));
            return subscriber;
        }
        catch
        {
            subscriber.Dispose();
            throw;
        }
    }
}
