namespace VoiceCluster.Protocol.Lvsp;

/// <summary>How an INFO is written. The same type numbers mean different things in the two forms.</summary>
public enum LvspForm
{
    /// <summary>The body is called <c>data</c>: later revisions of the document, and Litecord.</summary>
    Litecord = 0,

    /// <summary>The body is called <c>info</c>: the first document, with VST_REQUEST.</summary>
    Document = 1,
}

/// <summary>The keys that tell the forms apart.</summary>
public static class LvspForms
{
    /// <summary>What the body of an INFO is called: <c>data</c> or <c>info</c>.</summary>
    public static string ToBodyKey(this LvspForm form) => form == LvspForm.Litecord ? "data" : "info";

    /// <summary>Finds a form by the name of its body; names are compared exactly.</summary>
    public static bool TryParse(string? bodyKey, out LvspForm form)
    {
        form = bodyKey is "info" ? LvspForm.Document : LvspForm.Litecord;
        return bodyKey is "data" or "info";
    }
}
