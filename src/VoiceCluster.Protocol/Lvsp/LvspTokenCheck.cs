namespace VoiceCluster.Protocol.Lvsp;

/// <summary>Judges the first message of a backend: what its token proves, and what the owner is to be asked.</summary>
/// <param name="secrets">The secrets of all realms.</param>
/// <param name="nonce">What HELLO said.</param>
internal sealed class LvspTokenCheck(LvspSecrets secrets, string nonce)
{
    /// <summary>Whose backend identifies; null when the token is wrong.</summary>
    public LvspOutput.Authenticated? Check(LvspFrame.Identify identify)
    {
        Span<byte> token = stackalloc byte[LvspToken.Length];
        return LvspToken.TryDecode(identify.Token, token) && secrets.TryVerify(nonce, token, out var realm)
            ? new LvspOutput.Authenticated(realm, LvspToken.Hash(token))
            : null;
    }

    /// <summary>Which session is to go on; null when the token is none. Whether one is named by the token of its last connection, only the owner can tell.</summary>
    public LvspOutput.ResumeRequested? Check(LvspFrame.Resume resume)
    {
        Span<byte> token = stackalloc byte[LvspToken.Length];
        if (!LvspToken.TryDecode(resume.Token, token))
        {
            return null;
        }

        var isForThisConnection = secrets.TryVerify(nonce, token, out var realm) && !string.IsNullOrEmpty(resume.SessionId);
        return new LvspOutput.ResumeRequested(new LvspResumeRequest(
            LvspToken.Hash(token),
            isForThisConnection ? realm : null,
            isForThisConnection ? resume.SessionId : null,
            resume.SequenceNumber));
    }
}
