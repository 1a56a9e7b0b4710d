namespace VoiceCluster.LoadGen.Chaos.Faults;

/// <summary>The control run: everything is measured and nothing happens, so what is seen is this machine's.</summary>
internal sealed class NoFault() : Fault("control", "none (control run)")
{
    public override Task BeginAsync(ChaosScene scene, CancellationToken cancellation) => Task.CompletedTask;

    public override TimeSpan Lasts(ChaosOptions options) => options.Control;

    public override Task EndAsync(ChaosScene scene, CancellationToken cancellation) => Task.CompletedTask;
}
