namespace VoiceCluster.Protocol.Lvsp;

/// <summary>How well a node or cluster can take more: 0 is worst, 1 is best.</summary>
/// <remarks>Always a number on the wire, rounded to three digits. The default value is 0.</remarks>
public readonly record struct LvspHealth
{
    /// <summary>Can take nothing more, or drains.</summary>
    public static readonly LvspHealth Worst;

    /// <summary>Idle.</summary>
    public static readonly LvspHealth Best = new(1);

    /// <summary>Takes any number; what lies outside 0 to 1 is moved to the nearer end, NaN to 0.</summary>
    public LvspHealth(double value)
    {
        Value = double.IsNaN(value) ? 0 : Math.Round(Math.Clamp(value, 0, 1), 3);
    }

    /// <summary>0 to 1.</summary>
    public double Value { get; }

    /// <summary>The one formula of every server: 1 minus the largest share in use; 0 while draining.</summary>
    /// <param name="cpuShare">Share of the processors in use, 0 to 1.</param>
    /// <param name="userShare">Users divided by the configured capacity.</param>
    /// <param name="bitrateShare">Bits per second divided by the configured capacity.</param>
    /// <param name="draining">Whether the node takes no new channels.</param>
    public static LvspHealth FromLoad(double cpuShare, double userShare, double bitrateShare, bool draining) =>
        draining ? Worst : new LvspHealth(1 - Math.Max(cpuShare, Math.Max(userShare, bitrateShare)));
}
