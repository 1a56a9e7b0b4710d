namespace VoiceCluster.LoadGen.Chaos.Faults;

/// <summary>Something that goes wrong and is mended again.</summary>
/// <param name="name">What it is called on the command line and in the file of thresholds.</param>
/// <param name="title">What it is called in the table.</param>
internal abstract class Fault(string name, string title)
{
    /// <summary>What it is called on the command line and in the file of thresholds.</summary>
    public string Name => name;

    /// <summary>What it is called in the table.</summary>
    public virtual string Title => title;

    /// <summary>Done before everybody is gathered for it.</summary>
    public virtual Task PrepareAsync(ChaosScene scene, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Begins it.</summary>
    public abstract Task BeginAsync(ChaosScene scene, CancellationToken cancellation);

    /// <summary>Asked again and again from its beginning on: whether the cluster, as it tells operators, knows of it. Never, if that cannot be said of this fault.</summary>
    public virtual Task<bool> AskDetectedAsync(ChaosScene scene, CancellationToken cancellation) => Task.FromResult(false);

    /// <summary>How long it lasts.</summary>
    public virtual TimeSpan Lasts(ChaosOptions options) => options.Hold;

    /// <summary>Mends it, and waits until the cluster is whole as far as operators see.</summary>
    public abstract Task EndAsync(ChaosScene scene, CancellationToken cancellation);

    /// <summary>Whether it happens to this user.</summary>
    public virtual bool Touches(PlacedUser user) => false;

    /// <summary>Whether it may keep the listener from hearing the speaker.</summary>
    public virtual bool Separates(PlacedUser listener, PlacedUser speaker) => Touches(listener) || Touches(speaker);

    /// <summary>Done after everything was measured.</summary>
    public virtual Task CleanAsync(ChaosScene scene, CancellationToken cancellation) => Task.CompletedTask;
}
