using System.Text;
using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Lvsp.Client;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Lvsp;

/// <summary>Nothing that comes from the network throws, whatever it is and whenever it comes.</summary>
public sealed class LvspPropertyTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(1000);

    private static readonly string[] Names =
    [
        "op", "d", "s", "seq", "type", "data", "info", "id", "token", "session_id", "user_id", "channel_id", "guild_id", "bitrate",
        "channel_properties", "user_limit", "deleted", "deaf", "mute", "self_deaf", "self_mute", "suppress", "last_channel_id",
        "health", "nonce", "heartbeat_interval", "\\ud800", "o\\u0070",
    ];

    private static readonly string[] Scalars =
    [
        "null", "true", "false", "0", "1", "2", "3", "4", "5", "6", "7", "-1", "-0", "1.0", "1e0", "64000", "30", "1e999", "9223372036854775808",
        "18446744073709551616", "\"\"", "\"30\"", "\"40\"", "\"0\"", "\"\\ud800\"", "\"\\u0000\"", "\"é\"", "\"Qh\"", $"\"{LvspRig.Token}\"",
        "\"18446744073709551615\"", "[]", "{}",
    ];

    private static Gen<byte[]> AnyBytes => ArbMap.Default.GeneratorFor<byte>().ArrayOf();

    private static Gen<string> AnyObject => Gen.Sized(size => ObjectOf(Math.Min(size, 4)));

    /// <summary>Frames that get past the envelope: a known opcode and a body with fields that matter.</summary>
    private static Gen<string> AnyMessage =>
        from opcode in Gen.Frequency((1, Gen.Choose(-1, 9)), (3, Gen.Constant(6)))
        from type in Gen.Choose(-1, 8)
        from key in Gen.Elements("data", "info")
        from body in PlausibleObject
        select opcode == 6
            ? $$"""{"op":{{opcode}},"d":{"type":{{type}},"{{key}}":{{body}} } }"""
            : $$"""{"op":{{opcode}},"d":{{body}} }""";

    /// <summary>A good frame with a few of its bytes changed.</summary>
    private static Gen<byte[]> AnyMutation =>
        from json in Gen.Elements(LvspGolden.FromBackend.ToArray())
        from count in Gen.Choose(1, 4)
        from positions in Gen.Choose(0, json.Length - 1).ArrayOf(count)
        from values in ArbMap.Default.GeneratorFor<byte>().ArrayOf(count)
        select Mutate(Encoding.UTF8.GetBytes(json), positions, values);

    private static Gen<byte[]> AnyFrame => Gen.Frequency(
        (1, AnyBytes),
        (1, AnyObject.Select(Encoding.UTF8.GetBytes)),
        (1, Gen.Elements(Scalars).Select(Encoding.UTF8.GetBytes)),
        (4, AnyMessage.Select(Encoding.UTF8.GetBytes)),
        (1, AnyMutation));

    [Fact]
    public void The_frames_made_here_reach_every_kind_of_message()
    {
        var kinds = new HashSet<string>();
        foreach (var frame in AnyFrame.Sample(6000))
        {
            _ = LvspFrameReader.TryRead(frame, out var message, out var error);
            kinds.Add(message switch
            {
                LvspFrame.Request request => request.Asked.GetType().Name,
                LvspFrame.Skipped skipped => skipped.Reason.ToString(),
                null => error.ToString(),
                _ => message.GetType().Name,
            });
        }

        string[] expected =
        [
            nameof(ChannelRequest), nameof(ChannelUpdate), nameof(ChannelDestroy),
            nameof(VoiceStateCreate), nameof(VoiceStateUpdate), nameof(VoiceStateDestroy),
            .. Enum.GetNames<LvspSkipReason>(),
            .. Enum.GetNames<LvspDecodeError>().Except([nameof(LvspDecodeError.None)]),
            nameof(LvspFrame.Identify), nameof(LvspFrame.Resume), nameof(LvspFrame.Heartbeat), nameof(LvspFrame.Unexpected),
        ];
        kinds.ShouldBe(expected, ignoreOrder: true);
    }

    [Fact]
    public void No_frame_makes_a_reader_throw()
    {
        var property = Prop.ForAll(AnyFrame.ToArbitrary(), frame =>
        {
            var read = LvspFrameReader.TryRead(frame, out var message, out var error);
            _ = LvspServerMessageReader.TryRead(frame, out _);
            return read == (error == LvspDecodeError.None) && read == (message is not null);
        });
        property.Check(Thorough);
    }

    [Fact]
    public void No_frame_makes_a_new_connection_throw_or_go_live()
    {
        var property = Prop.ForAll(AnyFrame.ToArbitrary(), frame =>
        {
            var rig = new LvspRig(nonce: "aaaaaaaaaa");
            rig.Text(frame);
            rig.Text(frame);
            var outputs = rig.Drain();
            return rig.Connection.State is LvspConnectionState.Closed or LvspConnectionState.WaitingForOwner
                && !outputs.Exists(output => output is LvspOutput.Authenticated or LvspOutput.RequestReceived);
        });
        property.Check(Thorough);
    }

    [Fact]
    public void No_sequence_of_frames_makes_a_live_connection_throw_and_close_comes_last()
    {
        var property = Prop.ForAll(Gen.Zip(AnyFrame, Gen.Choose(0, 30_000)).ListOf().ToArbitrary(), inputs =>
        {
            var rig = LvspRig.Live();
            foreach (var (frame, milliseconds) in inputs)
            {
                rig.Text(frame);
                rig.Advance(TimeSpan.FromMilliseconds(milliseconds));
            }

            var outputs = rig.Drain();
            var closes = outputs.Count(output => output is LvspOutput.Close);
            return closes == (rig.Connection.State == LvspConnectionState.Closed ? 1 : 0)
                && (closes == 0 || outputs[^1] is LvspOutput.Close);
        });
        property.QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Every_request_that_is_written_is_read_back()
    {
        var property = Prop.ForAll(AnyRequest.ToArbitrary(), request =>
        {
            foreach (var numbering in Enum.GetValues<LvspNumbering>())
            {
                LvspFrameReader.TryRead(LvspClientMessages.Request(request, numbering), out var frame, out _).ShouldBeTrue();
                frame.ShouldBe(new LvspFrame.Request(request));
            }
        });
        property.Check(Thorough);
    }

    [Fact]
    public void Every_request_that_is_read_names_what_it_is_about()
    {
        var property = Prop.ForAll(AnyFrame.ToArbitrary(), frame =>
            !LvspFrameReader.TryRead(frame, out var message, out _) || message is not LvspFrame.Request { Asked: var asked } || asked switch
            {
                ChannelRequest request => request.ChannelId.Value != 0 && request.GuildId?.Value != 0 && request.Bitrate is null or > 0,
                ChannelUpdate update => update.ChannelId.Value != 0 && update.Bitrate > 0,
                ChannelDestroy destroy => destroy.ChannelId.Value != 0,
                VoiceStateCreate create => create.UserId.Value != 0 && create.ChannelId.Value != 0 && create.SessionId is not "",
                VoiceStateUpdate update => update.Selector.IsComplete && !update.Flags.IsEmpty,
                VoiceStateDestroy destroy => destroy.Selector.IsComplete,
                _ => false,
            });
        property.Check(Thorough);
    }

    [Fact]
    public void An_outbox_replays_exactly_what_was_appended_after_the_number()
    {
        var steps = Gen.Zip(Gen.Choose(0, 3), Gen.Choose(0, 40)).ListOf(60);
        var property = Prop.ForAll(steps.ToArbitrary(), commands =>
        {
            var outbox = new LvspOutbox();
            var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
            var forgotten = 0L;
            foreach (var (command, argument) in commands)
            {
                now += TimeSpan.FromSeconds(1);
                if (command == 0)
                {
                    outbox.Forget(argument);
                    forgotten = Math.Max(forgotten, Math.Min(argument, outbox.HighestSent));
                }
                else
                {
                    outbox.Append("{}"u8, now);
                }

                var possible = outbox.TryReplay(argument, now, out var messages);
                possible.ShouldBe(argument >= forgotten && argument <= outbox.HighestSent);
                messages.Length.ShouldBe(possible ? (int)(outbox.HighestSent - argument) : 0);
            }
        });
        property.QuickCheckThrowOnFailure();
    }

    private static Gen<LvspRequest> AnyRequest
    {
        get
        {
            var id = ArbMap.Default.GeneratorFor<ulong>().Select(value => new Snowflake(value == 0 ? 1 : value));
            var guild = Gen.OneOf(id.Select(value => (Snowflake?)value), Gen.Constant<Snowflake?>(null));
            var flag = Gen.Elements<bool?>(null, true, false);
            var flags = from values in flag.ArrayOf(5) select new VoiceFlagsPatch(values[0], values[1], values[2], values[3], values[4]);
            var someFlags = flags.Where(patch => !patch.IsEmpty);
            var session = Gen.Choose('!', '~').Select(value => (char)value).NonEmptyListOf().Select(chars => new string([.. chars]));
            var anySession = Gen.OneOf(session.Select(value => (string?)value), Gen.Constant<string?>(null));
            var bitrate = Gen.Choose(513, int.MaxValue);
            var form = Gen.Elements(LvspForm.Litecord, LvspForm.Document);
            var selector = from s in anySession
                           from user in id
                           from channel in id
                           from g in guild
                           select new VoiceStateSelector(s, user, channel, g);
            var documentUpdate = from s in session
                                 from user in guild
                                 from g in guild
                                 select new VoiceStateSelector(s, user, null, g);
            return Gen.OneOf(
                from c in id from g in guild from b in bitrate from f in form select (LvspRequest)new ChannelRequest(c, g, b) { Form = f },
                from c in id from g in guild from b in bitrate select (LvspRequest)new ChannelUpdate(c, g, b),
                from c in id from g in guild from f in form select (LvspRequest)new ChannelDestroy(c, g) { Form = f },
                from u in id
                from c in id
                from g in guild
                from s in anySession
                from p in flags
                from f in form
                select (LvspRequest)new VoiceStateCreate(u, c, g, s, p) { Form = f, IsUpsert = f == LvspForm.Document },
                from u in id
                from c in id
                from g in guild
                select (LvspRequest)new VoiceStateCreate(u, c, g, null, default) { Form = LvspForm.Document },
                from s in selector from p in someFlags select (LvspRequest)new VoiceStateUpdate(s, p),
                from s in documentUpdate from p in someFlags select (LvspRequest)new VoiceStateUpdate(s, p) { Form = LvspForm.Document },
                from s in selector from f in form select (LvspRequest)new VoiceStateDestroy(s) { Form = f },
                from s in documentUpdate from f in form select (LvspRequest)new VoiceStateDestroy(s) { Form = f });
        }
    }

    /// <summary>Fields that INFO knows, mostly with values that fit.</summary>
    private static Gen<string> PlausibleObject
    {
        get
        {
            var id = Gen.Elements("user_id", "channel_id", "guild_id", "id", "last_channel_id").Zip(Gen.Frequency((5, Gen.Elements("\"30\"", "40")), (1, Gen.Constant("null"))));
            var flag = Gen.Elements("mute", "deaf", "self_mute", "self_deaf", "suppress", "deleted").Zip(Gen.Elements("true", "false", "null"));
            var number = Gen.Elements("bitrate", "user_limit", "seq", "s").Zip(Gen.Elements("64", "96000", "0"));
            var session = Gen.Constant("session_id").Zip(Gen.Elements("\"Qh\"", "\"\""));
            var anything = Gen.Elements(Names).Zip(ValueOf(1));
            var pairs = Gen.Frequency((8, id), (1, flag), (3, number), (1, session), (1, anything)).Select(pair => $"\"{pair.Item1}\":{pair.Item2}");
            return from count in Gen.Choose(0, 6) from fields in pairs.ListOf(count) select $"{{{string.Join(',', fields)}}}";
        }
    }

    private static Gen<string> ObjectOf(int depth)
    {
        var field = from name in Gen.Elements(Names) from value in ValueOf(depth) select $"\"{name}\":{value}";
        return from count in Gen.Choose(0, 6) from fields in field.ListOf(count) select $"{{{string.Join(',', fields)}}}";
    }

    private static Gen<string> ValueOf(int depth) => depth <= 0
        ? Gen.Elements(Scalars)
        : Gen.Frequency((4, Gen.Elements(Scalars)), (1, ObjectOf(depth - 1)));

    private static byte[] Mutate(byte[] frame, int[] positions, byte[] values)
    {
        for (var i = 0; i < positions.Length; i++)
        {
            frame[positions[i]] = values[i];
        }

        return frame;
    }
}
