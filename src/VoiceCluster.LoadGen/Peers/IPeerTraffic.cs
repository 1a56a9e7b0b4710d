namespace VoiceCluster.LoadGen.Peers;

/// <summary>The users of one peer, connected and ready to speak. Used by one thread at a time.</summary>
internal interface IPeerTraffic : IAsyncDisposable
{
    /// <summary>Users that speak, numbered from 0.</summary>
    int Speakers { get; }

    /// <summary>Lets the kernel drop every copy on arrival, so that hearing costs nothing and wakes nobody. There is no way back.</summary>
    void DropCopies();

    /// <summary>Sends a speaker's next packet.</summary>
    void Send(int speaker);

    /// <summary>Takes the copies of the packet a speaker sent last from all who should hear it, and compares them with it.</summary>
    CopyCount Collect(int speaker);
}

/// <summary>Copies of one packet.</summary>
/// <param name="Right">Those that opened and hold what was sent.</param>
/// <param name="Wrong">Those that did not.</param>
internal readonly record struct CopyCount(int Right, int Wrong);
