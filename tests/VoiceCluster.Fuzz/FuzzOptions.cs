using System.Globalization;

namespace VoiceCluster.Fuzz;

/// <summary>The command line.</summary>
/// <param name="Duration">How long to run in all, shared evenly by the targets.</param>
/// <param name="Seed">Start of the random numbers; the same seed gives the same inputs.</param>
/// <param name="Target">A target's name, or <c>all</c>.</param>
/// <param name="Input">One input to run instead of mutating, to look at a finding again.</param>
internal sealed record FuzzOptions(TimeSpan Duration, int Seed, string Target, byte[]? Input)
{
    public const string Usage = "usage: VoiceCluster.Fuzz [--seconds 60] [--seed N] [--target NAME|all] [--input HEX]";

    /// <summary>Reads the arguments; <c>null</c> if they make no sense.</summary>
    public static FuzzOptions? Parse(ReadOnlySpan<string> arguments)
    {
        var options = new FuzzOptions(TimeSpan.FromSeconds(60), Environment.TickCount, "all", Input: null);
        for (; arguments.Length >= 2; arguments = arguments[2..])
        {
            var parsed = options.With(arguments[0], arguments[1]);
            if (parsed is null)
            {
                return null;
            }

            options = parsed;
        }

        return arguments.IsEmpty ? options : null;
    }

    private FuzzOptions? With(string name, string value) => name switch
    {
        "--seconds" when double.TryParse(value, CultureInfo.InvariantCulture, out var seconds) && seconds > 0 =>
            this with { Duration = TimeSpan.FromSeconds(seconds) },
        "--seed" when int.TryParse(value, CultureInfo.InvariantCulture, out var seed) => this with { Seed = seed },
        "--target" => this with { Target = value },
        "--input" when IsHex(value) => this with { Input = Convert.FromHexString(value) },
        _ => null,
    };

    private static bool IsHex(string text) => text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit);
}
