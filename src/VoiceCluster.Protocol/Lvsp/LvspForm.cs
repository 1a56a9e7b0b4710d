namespace VoiceCluster.Protocol.Lvsp;

/// <summary>How an INFO is written. The same type numbers mean different things in the two forms.</summary>
public enum LvspForm
{
    /// <summary>The body is called <c>data</c>: later revisions of the document, and Litecord.</summary>
    Litecord = 0,

    /// <summary>The body is called <c>info</c>: the first document, with VST_REQUEST.</summary>
    Document = 1,
}
