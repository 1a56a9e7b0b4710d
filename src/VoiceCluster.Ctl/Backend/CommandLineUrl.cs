using System.CommandLine.Parsing;

namespace VoiceCluster.Ctl.Backend;

/// <summary>Reads URLs from the command line.</summary>
internal static class CommandLineUrl
{
    public static Uri? Parse(ArgumentResult result, params string[] schemes)
    {
        var text = result.Tokens[0].Value;
        if (TryParse(text, schemes, out var url))
        {
            return url;
        }

        result.AddError($"'{text}' is no URL that begins with {string.Join(" or ", schemes.Select(scheme => scheme + "://"))}.");
        return null;
    }

    public static Uri[]? ParseAll(ArgumentResult result, params string[] schemes)
    {
        var urls = new List<Uri>();
        foreach (var token in result.Tokens)
        {
            if (!TryParse(token.Value, schemes, out var url))
            {
                result.AddError($"'{token.Value}' is no URL that begins with {string.Join(" or ", schemes.Select(scheme => scheme + "://"))}.");
                return null;
            }

            urls.Add(url!);
        }

        return [.. urls];
    }

    private static bool TryParse(string text, string[] schemes, out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && schemes.Contains(url.Scheme) && url.Host.Length > 0;
}
