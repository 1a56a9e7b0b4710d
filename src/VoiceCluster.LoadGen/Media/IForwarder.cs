namespace VoiceCluster.LoadGen.Media;

/// <summary>A server under test that turns each packet of a speaker into a copy for every other member of his channel.</summary>
internal interface IForwarder : IAsyncDisposable
{
    /// <summary>What reports call it.</summary>
    string Name { get; }

    /// <summary>The process whose time is measured.</summary>
    int ProcessId { get; }

    /// <summary>Those who speak, in the order of their turns.</summary>
    IReadOnlyList<IPacketSource> Speakers { get; }

    /// <summary>Reads its counters and then its CPU clock.</summary>
    Task<ForwarderReading> ReadAsync(CancellationToken cancellation);
}
