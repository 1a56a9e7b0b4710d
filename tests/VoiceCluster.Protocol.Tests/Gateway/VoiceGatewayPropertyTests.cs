using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Gateway.Client;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Gateway;

public sealed class VoiceGatewayPropertyTests
{
    private static readonly string[] Fragments =
    [
        "{", "}", "[", "]", ":", ",", "\"op\"", "\"d\"", "\"seq_ack\"", "\"t\"", "\"server_id\"", "\"user_id\"", "\"speaking\"", "\"data\"",
        "\"streams\"", "\"codecs\"", "\"protocol\"", "\"udp\"", "\"mode\"", "\"any\"", "\"1001\"", "\"\\ud800\"", "\"\\u0000\"", "0", "1", "3", "5",
        "7", "12", "15", "-1", "1e999", "18446744073709551616", "null", "true", "false", " ", "\n", "\\", "\"",
    ];

    [Fact]
    public void Random_bytes_never_throw_and_never_pass_for_a_message() =>
        Prop.ForAll<byte[]>(bytes =>
        {
            var client = VoiceClientMessage.TryParse(bytes, out var message, out _);
            var server = VoiceServerMessage.TryParse(bytes, new VoiceGatewayVersion(8), out _);
            return client != VoiceDecodeError.None && message is null && server != VoiceDecodeError.None;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Random_fragments_of_json_never_throw() =>
        Prop.ForAll(Gen.Elements(Fragments).ListOf().ToArbitrary(), fragments =>
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(fragments));
            _ = VoiceClientMessage.TryParse(bytes, out _, out _);
            _ = VoiceServerMessage.TryParse(bytes, new VoiceGatewayVersion(1), out _);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Any_data_for_any_opcode_never_throws() =>
        Prop.ForAll(Gen.Choose(-2, 40).ToArbitrary(), JsonValue(4).ToArbitrary(), (opcode, d) =>
        {
            var bytes = Encoding.UTF8.GetBytes($$"""{"op":{{opcode}},"d":{{d}}}""");
            _ = VoiceClientMessage.TryParse(bytes, out _, out _);
            _ = VoiceServerMessage.TryParse(bytes, new VoiceGatewayVersion(8), out _);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_connection_fed_with_anything_keeps_its_promises(int version)
    {
        for (var seed = 0; seed < 300; seed++)
        {
            new Feeder(version, seed).Run();
        }
    }

    [Fact]
    public void A_client_that_loses_its_socket_again_and_again_sees_every_event_once_and_in_order()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            RunLossySession(new Random(seed), seed);
        }
    }

    private static void RunLossySession(Random random, int seed)
    {
        var version = new VoiceGatewayVersion(8);
        var outbox = new VoiceOutbox(version);
        var seen = new List<ulong>();
        var acknowledged = (ushort)0;
        var sent = 0ul;
        for (var socket = 0; socket < 20; socket++)
        {
            var connection = new VoiceGatewayConnection(version, new VoiceGatewayOptions(), TimeSpan.Zero);
            connection.HandleText(
                VoiceClientFrames.Write(version, new Resume(new Snowflake(1), "session", "token", new SequenceAck((short)acknowledged))), TimeSpan.Zero);
            var missing = (int)sent - seen.Count;
            connection.AcceptResume(GatewayHarness.ReadyPayload, outbox, new SequenceAck((short)acknowledged), described: true, TimeSpan.Zero)
                .ShouldBe(missing <= VoiceOutbox.MaxMessages, $"seed {seed}");
            if (missing > VoiceOutbox.MaxMessages)
            {
                break;
            }

            var live = random.Next(60);
            for (var count = 0; count < live; count++)
            {
                connection.Send(new ClientDisconnectEvent(new Snowflake(++sent)));
            }

            acknowledged = ReceiveSome(connection, random, acknowledged, seen);
            connection.HandleText(VoiceClientFrames.Write(version, new Heartbeat(1, new SequenceAck(acknowledged))), TimeSpan.Zero);
            connection.HandlePeerClosed(1006);
            for (var count = random.Next(60); count > 0; count--)
            {
                _ = outbox.Append(new ClientDisconnectEvent(new Snowflake(++sent)));
            }
        }

        seen.ShouldBe(Enumerable.Range(1, seen.Count).Select(value => (ulong)value), $"seed {seed}");
        seen.Count.ShouldBeGreaterThan(0, $"seed {seed}");
    }

    private static ushort ReceiveSome(VoiceGatewayConnection connection, Random random, ushort acknowledged, List<ulong> seen)
    {
        var limit = random.Next(120);
        while (limit-- > 0 && connection.TryPoll(out var output))
        {
            if (output is VoiceOutput.SendText text
                && VoiceServerMessage.TryParse(text.Utf8.Span, connection.Version, out var message) == VoiceDecodeError.None
                && message is VoiceServerMessage.Event { Value: ClientDisconnectEvent gone })
            {
                seen.Add(gone.UserId.Value);
                acknowledged = message.Sequence;
            }
        }

        return acknowledged;
    }

    private static Gen<string> JsonValue(int depth)
    {
        var scalar = Gen.Elements("null", "true", "false", "0", "-1", "1.5", "1e999", "4294967295", "18446744073709551615", "\"41\"", "\"\"", "\"\\ud800\"", "\"udp\"");
        if (depth == 0)
        {
            return scalar;
        }

        var inner = JsonValue(depth - 1);
        var name = Gen.Elements(
            "server_id", "user_id", "session_id", "token", "streams", "data", "protocol", "mode", "codecs", "speaking", "ssrc", "t", "seq_ack", "any",
            "1001", "pixelCounts", "user_ids", "audio_ssrc", "modes", "secret_key", "heartbeat_interval", "\\ud800", "max_resolution", "type", "payload_type");
        var member = name.SelectMany(key => inner.Select(value => $"\"{key}\":{value}"));
        return Gen.OneOf(
            scalar,
            inner.ListOf().Select(items => $"[{string.Join(',', items.Take(6))}]"),
            member.ListOf().Select(members => $"{{{string.Join(',', members.Take(8))}}}"));
    }

    /// <summary>Feeds a connection with valid, broken and ill-timed inputs from a seed and checks every output.</summary>
    private sealed class Feeder(int version, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly GatewayHarness _harness = new(version);
        private bool _ended;

        public void Run()
        {
            for (var step = 0; step < 60; step++)
            {
                Feed();
                foreach (var output in _harness.Drain())
                {
                    Check(output);
                }
            }
        }

        private void Feed()
        {
            switch (_random.Next(8))
            {
                case 0:
                    _harness.Advance(TimeSpan.FromMilliseconds(_random.Next(15_000)));
                    break;
                case 1 when _random.Next(10) == 0:
                    _harness.Connection.HandleBinary(RandomBytes(), _harness.Now);
                    break;
                case 2 when _random.Next(10) == 0:
                    _harness.Connection.HandlePeerClosed(_random.Next(1000, 5000));
                    break;
                case 3 when _random.Next(5) == 0:
                    _harness.Connection.HandleText(Mutated(), _harness.Now);
                    break;
                case 4:
                    _harness.Receive(new Heartbeat((ulong)_random.NextInt64()));
                    break;
                default:
                    _harness.Receive(AnySample());
                    break;
            }
        }

        private void Check(VoiceOutput output)
        {
            _ended.ShouldBeFalse($"output after the end, seed {seed}");
            switch (output)
            {
                case VoiceOutput.SendText text:
                    CheckText(text.Utf8);
                    break;
                case VoiceOutput.IdentifyReceived:
                    Decide();
                    break;
                case VoiceOutput.ResumeReceived resume:
                    _ = _harness.Connection.AcceptResume(
                        GatewayHarness.ReadyPayload, _harness.Outbox, resume.Resume.SequenceAck, _random.Next(2) == 0, _harness.Now);
                    break;
                case VoiceOutput.SelectProtocolReceived:
                    _harness.Connection.SendSessionDescription(GatewayHarness.Description);
                    break;
                case VoiceOutput.Close or VoiceOutput.PeerClosed:
                    _ended = true;
                    _harness.Connection.Phase.ShouldBe(VoiceConnectionPhase.Closed);
                    break;
            }
        }

        private void Decide()
        {
            if (_random.Next(4) == 0)
            {
                _harness.Connection.RejectAuthentication(VoiceCloseCode.AuthenticationFailed, "no");
            }
            else if (_random.Next(4) != 0)
            {
                _harness.Connection.AcceptIdentify(GatewayHarness.ReadyPayload, _harness.Outbox, _harness.Now);
                _harness.Connection.Send(new ClientsConnectEvent([new Snowflake(1)]));
            }
        }

        private void CheckText(ReadOnlyMemory<byte> utf8)
        {
            using var document = JsonDocument.Parse(utf8);
            var isFlatHello = version <= 2 && document.RootElement.TryGetProperty("heartbeat_interval", out _);
            (isFlatHello || document.RootElement.TryGetProperty("d", out _)).ShouldBeTrue($"seed {seed}");
            VoiceServerMessage.TryParse(utf8.Span, _harness.Version, out _).ShouldBe(VoiceDecodeError.None, $"seed {seed}");
        }

        private VoiceClientMessage AnySample() => VoiceClientMessageTests.Samples[_random.Next(VoiceClientMessageTests.Samples.Count)];

        private byte[] Mutated()
        {
            var frame = VoiceClientFrames.Write(_harness.Version, AnySample());
            frame[_random.Next(frame.Length)] = (byte)_random.Next(256);
            return frame;
        }

        private byte[] RandomBytes()
        {
            var bytes = new byte[_random.Next(20)];
            _random.NextBytes(bytes);
            return bytes;
        }
    }
}
