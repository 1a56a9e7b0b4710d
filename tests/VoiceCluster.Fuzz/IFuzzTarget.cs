namespace VoiceCluster.Fuzz;

/// <summary>Something that reads bytes from strangers and must survive all of them.</summary>
internal interface IFuzzTarget
{
    /// <summary>What <c>--target</c> calls it.</summary>
    string Name { get; }

    /// <summary>Well-formed inputs to start mutating from.</summary>
    IEnumerable<byte[]> Corpus { get; }

    /// <summary>Reads an input to the last byte. Any exception is a finding; so is a broken promise, which should throw here.</summary>
    void Run(ReadOnlySpan<byte> input);
}
