using System.Diagnostics.CodeAnalysis;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>Writes and reads messages that go to other nodes. Safe for calls from any thread.</summary>
public interface IMessageCodec
{
    /// <summary>The message's bytes.</summary>
    /// <exception cref="ArgumentException">The message's type was not registered: a mistake in this program.</exception>
    byte[] Encode(IActorMessage message);

    /// <summary>Reads what another node encoded. False for anything that is no known message; does not throw for any input.</summary>
    bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out IActorMessage? message);
}
