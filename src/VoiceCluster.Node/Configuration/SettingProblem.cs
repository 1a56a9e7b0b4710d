namespace VoiceCluster.Node.Configuration;

/// <summary>Something an operator has to change, or should know.</summary>
/// <param name="Key">The setting, as written in <c>Section:Key</c> form.</param>
/// <param name="Value">What it was set to; null when it is not set, or must not be shown.</param>
/// <param name="Origin">The file, environment variable or flag that set it; null when nothing did.</param>
/// <param name="Problem">What is wrong, as a sentence.</param>
/// <param name="Fix">What to do about it, as a sentence.</param>
public sealed record SettingProblem(string Key, string? Value, string? Origin, string Problem, string Fix)
{
    /// <summary>Key, value and origin, as far as they are known.</summary>
    public string Where
    {
        get
        {
            var value = Value is null ? "" : $" = \"{Value}\"";
            var origin = Origin is null ? "" : $" (from {Origin})";
            return Key + value + origin;
        }
    }

    public override string ToString() => $"{Where}: {Problem} Fix: {Fix}";
}

/// <summary>One setting as it is in force.</summary>
/// <param name="Key">Section and key.</param>
/// <param name="Value">The text; "(set)" or "(not set)" for a secret.</param>
/// <param name="Origin">What set it; null for the default.</param>
public sealed record EffectiveSetting(string Key, string Value, string? Origin);

/// <summary>One setting that exists.</summary>
/// <param name="Key">Section and key.</param>
/// <param name="Default">The text that stands for an absent value; null when there is none.</param>
/// <param name="Doc">What it does, for <c>--help</c>.</param>
/// <param name="IsSecret">Its value is never shown.</param>
public sealed record SettingDescription(string Key, string? Default, string Doc, bool IsSecret = false);
