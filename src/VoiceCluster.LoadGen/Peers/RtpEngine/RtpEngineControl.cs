using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using VoiceCluster.Client.Sockets;

namespace VoiceCluster.LoadGen.Peers.RtpEngine;

/// <summary>Speaks rtpengine's "ng" control protocol.</summary>
/// <remarks>
/// One datagram for each request and answer: cookie | space | bencoded dictionary; the answer repeats the cookie. Calls must not overlap.
/// Source: rtpengine documentation, "The ng Control Protocol".
/// </remarks>
internal sealed class RtpEngineControl : IDisposable
{
    private const int MaxAnswerBytes = 1 << 16;
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _answer = new byte[MaxAnswerBytes];
    private long _requests;

    /// <summary>Makes a client.</summary>
    /// <param name="port">Where rtpengine listens on loopback, perhaps only later.</param>
    public RtpEngineControl(int port) => _socket.Connect(IPAddress.Loopback, port);

    /// <summary>Whether it answers now.</summary>
    public bool IsAnswered() => Exchange("ping", [], ProbeLimit)?.TextOf("result") == "pong";

    /// <summary>Sends a command.</summary>
    /// <param name="arguments">Texts, and lists of texts.</param>
    /// <returns>The answer, whose result is "ok".</returns>
    /// <exception cref="NoAnswerException">None came.</exception>
    /// <exception cref="RefusedException">The result is something else.</exception>
    public BencodeValue.Dictionary Command(string command, params (string Name, BencodeValue Value)[] arguments)
    {
        var answer = Exchange(command, arguments, Deadline.Default) ?? throw new NoAnswerException($"rtpengine did not answer to '{command}'.");
        return answer.TextOf("result") == "ok"
            ? answer
            : throw new RefusedException($"rtpengine refused '{command}': {answer.TextOf("error-reason") ?? answer.TextOf("result")}");
    }

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();

    private BencodeValue.Dictionary? Exchange(string command, (string Name, BencodeValue Value)[] arguments, TimeSpan limit)
    {
        var cookie = Encoding.ASCII.GetBytes((++_requests).ToString(CultureInfo.InvariantCulture) + " ");
        var request = arguments.ToImmutableSortedDictionary(argument => argument.Name, argument => argument.Value, StringComparer.Ordinal)
            .Add("command", new BencodeValue.Text(command));
        _socket.ReceiveTimeout = (int)limit.TotalMilliseconds;
        try
        {
            _socket.Send([.. cookie, .. Bencode.Write(new BencodeValue.Dictionary(request))]);
            return Receive(cookie);
        }
        catch (SocketException)
        {
            // Nobody listens, or nothing came in time.
            return null;
        }
    }

    // Answers to earlier probes may still come in; they have other cookies.
    private BencodeValue.Dictionary? Receive(byte[] cookie)
    {
        while (true)
        {
            var length = _socket.Receive(_answer);
            if (_answer.AsSpan(0, length).StartsWith(cookie))
            {
                return Bencode.Read(_answer.AsSpan(cookie.Length, length - cookie.Length)) as BencodeValue.Dictionary;
            }
        }
    }
}
