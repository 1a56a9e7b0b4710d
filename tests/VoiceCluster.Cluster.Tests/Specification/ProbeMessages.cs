using System.Text.Json.Serialization;
using VoiceCluster.Cluster.Hosting;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>Noted in the journal.</summary>
public sealed record Note(string Text) : IActorMessage;

/// <summary>Waits until the test opens the gate of that name; then it is noted.</summary>
public sealed record Hold(string Gate) : IActorMessage;

/// <summary>As <see cref="Hold"/>, and then cancels a timer in the same message.</summary>
public sealed record HoldThenCancel(string Gate, string Timer) : IActorMessage;

public sealed record Echo(string Text) : IRequest<Echoed>;

/// <summary>As <see cref="Echo"/>, but the answer is given by the next <see cref="Release"/>.</summary>
public sealed record EchoLater(string Text) : IRequest<Echoed>;

public sealed record Release : IActorMessage;

/// <summary>Never answered.</summary>
public sealed record Ignore : IRequest<Echoed>;

/// <summary>Fails while it is handled.</summary>
public sealed record Break(string Text) : IRequest<Echoed>;

/// <summary>Stores the text as the entity's state; answered when that is done.</summary>
public sealed record Save(string Text) : IRequest<Echoed>;

public sealed record Remind(string Timer, int DueMs, string Text) : IActorMessage;

public sealed record Forget(string Timer) : IActorMessage;

public sealed record End : IActorMessage;

/// <summary>Who answered: which instance, with which stored state, on which node and epoch.</summary>
public sealed record Echoed(string Text, int Instance, string State, string Node, long Epoch) : IActorMessage;

/// <summary>A message that only its own node knows.</summary>
public sealed record Unregistered : IActorMessage;

[JsonSerializable(typeof(Note))]
[JsonSerializable(typeof(Hold))]
[JsonSerializable(typeof(HoldThenCancel))]
[JsonSerializable(typeof(Echo))]
[JsonSerializable(typeof(EchoLater))]
[JsonSerializable(typeof(Release))]
[JsonSerializable(typeof(Ignore))]
[JsonSerializable(typeof(Break))]
[JsonSerializable(typeof(Save))]
[JsonSerializable(typeof(Remind))]
[JsonSerializable(typeof(Forget))]
[JsonSerializable(typeof(End))]
[JsonSerializable(typeof(Echoed))]
internal sealed partial class ProbeJson : JsonSerializerContext;

internal static class ProbeMessages
{
    public static JsonMessageCodec Codec { get; } = new(
        MessageRegistration.Of("note", ProbeJson.Default.Note),
        MessageRegistration.Of("hold", ProbeJson.Default.Hold),
        MessageRegistration.Of("hold-then-cancel", ProbeJson.Default.HoldThenCancel),
        MessageRegistration.Of("echo", ProbeJson.Default.Echo),
        MessageRegistration.Of("echo-later", ProbeJson.Default.EchoLater),
        MessageRegistration.Of("release", ProbeJson.Default.Release),
        MessageRegistration.Of("ignore", ProbeJson.Default.Ignore),
        MessageRegistration.Of("break", ProbeJson.Default.Break),
        MessageRegistration.Of("save", ProbeJson.Default.Save),
        MessageRegistration.Of("remind", ProbeJson.Default.Remind),
        MessageRegistration.Of("forget", ProbeJson.Default.Forget),
        MessageRegistration.Of("end", ProbeJson.Default.End),
        MessageRegistration.Of("echoed", ProbeJson.Default.Echoed));
}
