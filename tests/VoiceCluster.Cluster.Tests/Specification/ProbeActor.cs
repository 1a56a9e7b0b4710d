using System.Text;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>An actor that does what its messages say and writes everything into the journal as "name: what".</summary>
public sealed class ProbeActor(string name, Journal journal, IClusterStore store) : Actor
{
    private static int _instances;

    private readonly int _instance = Interlocked.Increment(ref _instances);
    private Action<IActorMessage>? _later;
    private string _state = string.Empty;
    private int _inside;

    protected internal override async ValueTask StartAsync(CancellationToken cancellation)
    {
        if (journal.TakeFailure(name))
        {
            Write("failed start");
            throw new InvalidOperationException("This start was to fail.");
        }

        if (Context.Self is EntityAddress entity && await store.LoadAsync(entity.Kind, entity.Key, cancellation) is { } stored)
        {
            _state = Encoding.UTF8.GetString(stored.State.Span);
        }

        Write("started");
    }

    protected internal override async ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _inside, 1) != 0)
        {
            Write("entered twice");
        }

        await HandleAsync(message, cancellation);
        Volatile.Write(ref _inside, 0);
    }

    protected internal override ValueTask StopAsync()
    {
        Write("stopped");
        return ValueTask.CompletedTask;
    }

    private async ValueTask HandleAsync(IActorMessage message, CancellationToken cancellation)
    {
        switch (message)
        {
            case Note note:
                Write(note.Text);
                break;
            case Hold hold:
                Write($"holding {hold.Gate}");
                await journal.GateAsync(hold.Gate).WaitAsync(cancellation);
                Write($"held {hold.Gate}");
                break;
            case HoldThenCancel hold:
                Write($"holding {hold.Gate}");
                await journal.GateAsync(hold.Gate).WaitAsync(cancellation);
                Context.CancelTimer(hold.Timer);
                break;
            case Break broken:
                throw new InvalidOperationException(broken.Text);
            case Save save:
                await SaveAsync(save.Text, cancellation);
                Context.Reply(Answer(save.Text));
                break;
            case Remind remind:
                Context.SetTimer(remind.Timer, TimeSpan.FromMilliseconds(remind.DueMs), new Note(remind.Text));
                break;
            case Forget forget:
                Context.CancelTimer(forget.Timer);
                break;
            case End:
                Context.Stop();
                break;
            default:
                HandleRequest(message);
                break;
        }
    }

    private void HandleRequest(IActorMessage message)
    {
        switch (message)
        {
            case Echo echo:
                Context.Reply(Answer(echo.Text));
                break;
            case EchoLater echo:
                var reply = Context.TakeReply();
                _later = _ => reply(Answer(echo.Text));
                Write($"owes {echo.Text}");
                break;
            case Release release:
                _later?.Invoke(release);
                Write("released");
                break;
        }
    }

    private async ValueTask SaveAsync(string text, CancellationToken cancellation)
    {
        var self = (EntityAddress)Context.Self;
        var claim = new ShardClaim(self.Shard, Context.Host.Node, Context.Epoch);
        if (!await store.CommitAsync(claim, new EntityCommit(self, null, Encoding.UTF8.GetBytes(text), []), cancellation))
        {
            throw new ShardLostException(self.Shard, Context.Epoch);
        }

        _state = text;
    }

    private Echoed Answer(string text) => new(text, _instance, _state, Context.Host.Node.ToString(), Context.Epoch);

    private void Write(string what) => journal.Write($"{name}: {what}");
}
