using VoiceCluster.Cluster.Store;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Gateways.Lvsp;

/// <summary>How far a link got with the store.</summary>
internal enum HoldResult
{
    /// <summary>The store knows all that was sent.</summary>
    Stored,

    /// <summary>The store is away; the session goes on without it.</summary>
    StoreIsAway,

    /// <summary>The session was resumed elsewhere.</summary>
    Lost,
}

/// <summary>A session as the holder of its socket has it: what the store was told of it, and what it still has to be told.</summary>
/// <remarks>
/// While the store is away the holder gives the numbers: nobody else does, since whoever takes the session over needs the store too. Not thread safe.
/// </remarks>
internal sealed class HeldSession(LvspSessionRecord session, LvspGatewayServices services)
{
    private readonly UnstoredFrames _unstored = new();
    private bool _formIsUnstored;

    /// <summary>The session's row, with the form that was used last.</summary>
    public LvspSessionRecord Record { get; private set; } = session;

    /// <summary>Whether frames may be read from the store; not before it knows what was sent without it.</summary>
    public bool IsStored => _unstored.IsEmpty;

    /// <summary>Whether a message about a session is about this one.</summary>
    public bool Is(string sessionId) => Record.SessionId == sessionId;

    /// <summary>Tells the store that the session's socket is still here, and all that it missed while it was away.</summary>
    /// <param name="sent">The last number that the link has sent.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The highest number that the store has; 0 with any result but <see cref="HoldResult.Stored"/>.</returns>
    public async ValueTask<(HoldResult Result, long Highest)> HoldAsync(long sent, CancellationToken cancellation)
    {
        try
        {
            var highest = _unstored.IsEmpty
                ? await services.Store.HoldAsync(Record, sent, cancellation)
                : await MergeAsync(cancellation);
            if (highest is null)
            {
                return (HoldResult.Lost, 0);
            }

            await StoreFormAsync(cancellation);
            return (HoldResult.Stored, highest.Value);
        }
        catch (StoreUnavailableException)
        {
            return (HoldResult.StoreIsAway, 0);
        }
    }

    /// <summary>Remembers the form that the backend used last.</summary>
    public async ValueTask UseAsync(LvspForm form, CancellationToken cancellation)
    {
        if (Record.Form == form)
        {
            return;
        }

        Record = Record with { Form = form };
        _formIsUnstored = true;
        try
        {
            await StoreFormAsync(cancellation);
        }
        catch (StoreUnavailableException)
        {
            // It is told with the next hold.
        }
    }

    /// <summary>Numbers a frame and keeps it, in the store or else here.</summary>
    /// <param name="body">The INFO's body; not changed afterwards.</param>
    /// <param name="sent">The last number that the link has sent.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Where it was kept, and the frame; none when the session is lost, whose new holder has it then.</returns>
    public async ValueTask<(HoldResult Result, LvspNumberedFrame Numbered)> AppendAsync(
        ReadOnlyMemory<byte> body,
        long sent,
        CancellationToken cancellation)
    {
        var append = LvspAppend.Of(body);
        try
        {
            // What was sent without the store goes in first; whoever resumes the session replays it from there.
            if (!_unstored.IsEmpty && (await HoldAsync(sent, cancellation)).Result == HoldResult.StoreIsAway)
            {
                return Keep(append, sent);
            }

            var appended = await services.Notifier.AppendAsync(Record.SessionId, append, Record.Holder, cancellation)
                ?? await AppendAnewAsync(append, sent, cancellation);
            return appended?.Session.Generation == Record.Generation ? (HoldResult.Stored, appended.Numbered) : (HoldResult.Lost, default);
        }
        catch (StoreUnavailableException)
        {
            return Keep(append, sent);
        }
    }

    /// <summary>The frames that the store has after a number; null while it is away.</summary>
    public async ValueTask<IReadOnlyList<LvspNumberedFrame>?> ReadAsync(long after, CancellationToken cancellation)
    {
        try
        {
            return await services.Store.ReadAsync(Record.SessionId, after, cancellation);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    /// <summary>Forgets what the backend has seen.</summary>
    public async ValueTask AcknowledgeAsync(long sequence, CancellationToken cancellation)
    {
        try
        {
            await services.Store.AcknowledgeAsync(Record.SessionId, sequence, cancellation);
        }
        catch (StoreUnavailableException)
        {
            // It only saves room; the next heartbeat says as much.
        }
    }

    /// <summary>The socket is gone: stores what there is to store and leaves the session to be resumed.</summary>
    public async ValueTask<HoldResult> LetGoAsync(CancellationToken cancellation)
    {
        try
        {
            if (!_unstored.IsEmpty && await MergeAsync(cancellation) is null)
            {
                return HoldResult.Lost;
            }

            await StoreFormAsync(cancellation);
            var expiresAt = services.Time.GetUtcNow() + services.Options.ResumeWindow;
            await services.Store.DetachAsync(Record.SessionId, Record.Generation, expiresAt, cancellation);
            return HoldResult.Stored;
        }
        catch (StoreUnavailableException)
        {
            return HoldResult.StoreIsAway;
        }
    }

    private (HoldResult Result, LvspNumberedFrame Numbered) Keep(LvspAppend append, long sent) =>
        (HoldResult.StoreIsAway, _unstored.Add(append, sent));

    /// <summary>The session was taken for lost and has expired: it is made anew, and goes on counting where it was.</summary>
    private async ValueTask<LvspAppended?> AppendAnewAsync(LvspAppend append, long sent, CancellationToken cancellation) =>
        await services.Store.HoldAsync(Record, sent, cancellation) is null
            ? null
            : await services.Notifier.AppendAsync(Record.SessionId, append, Record.Holder, cancellation);

    /// <returns>Null when the session is lost. What was behind in the store has other numbers now, so all of it may be new.</returns>
    private async ValueTask<long?> MergeAsync(CancellationToken cancellation)
    {
        if (!await services.Store.MergeAsync(_unstored.For(Record), services.Time.GetUtcNow(), cancellation))
        {
            return null;
        }

        _unstored.Clear();
        return long.MaxValue;
    }

    private async ValueTask StoreFormAsync(CancellationToken cancellation)
    {
        if (_formIsUnstored)
        {
            await services.Store.SetFormAsync(Record.SessionId, Record.Form!.Value, cancellation);
            _formIsUnstored = false;
        }
    }
}
