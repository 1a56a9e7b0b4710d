using System.Diagnostics;
using System.Text;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Lvsp.Client;

namespace VoiceCluster.Ctl.Lvsp;

/// <summary>Carries out typed lines until the input or the connection ends.</summary>
/// <param name="linger">How long to go on listening after the input has ended, so that answers to piped commands are still seen.</param>
internal sealed class LvspConsole(LvspClientOptions options, LvspPrinter printer, TimeSpan linger)
{
    private bool _isEndKnown;

    /// <summary>Runs; true if all lines were understood and the connection lasted.</summary>
    public async Task<bool> RunAsync(TextReader input, CancellationToken cancellation)
    {
        await using var client = await LvspClient.ConnectAsync(options, cancellation);
        printer.ShowNote($"connected to {options.Url}; heartbeat every {client.HeartbeatInterval.TotalSeconds:0.#} s; type help for commands");
        try
        {
            return await RunLinesAsync(client, input, cancellation);
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private async Task<bool> RunLinesAsync(LvspClient client, TextReader input, CancellationToken cancellation)
    {
        var isGood = true;
        while (await NextLineAsync(client, input, cancellation) is { } line)
        {
            var parsed = LvspLine.Parse(line);
            if (parsed is LvspLine.Quit)
            {
                return isGood;
            }

            isGood &= await CarryOutAsync(client, parsed, cancellation);
        }

        return await LingerAsync(client, cancellation) && isGood;
    }

    /// <summary>Goes on listening for a while; true if the connection lasts.</summary>
    private async Task<bool> LingerAsync(LvspClient client, CancellationToken cancellation)
    {
        if (await Task.WhenAny(client.Ended, Task.Delay(linger, cancellation)) != client.Ended)
        {
            return true;
        }

        ShowEnd(client);
        return false;
    }

    /// <summary>
    /// 
    /// </summary>
    /// <remarks>A console cannot stop reading, so the wait for a line is given up when the connection ends by itself.</remarks>
    private async Task<string?> NextLineAsync(LvspClient client, TextReader input, CancellationToken cancellation)
    {
        var reading = Task.Run(() => input.ReadLine(), CancellationToken.None);
        if (client.Ended.IsCompleted)
        {
            return await reading.WaitAsync(cancellation);
        }

        if (await Task.WhenAny(reading, client.Ended).WaitAsync(cancellation) == client.Ended)
        {
            ShowEnd(client);
            return null;
        }

        return await reading;
    }

    private void ShowEnd(LvspClient client)
    {
        if (!_isEndKnown)
        {
            _isEndKnown = true;
            printer.ShowProblem(client.Ended.Result.Message);
        }
    }

    private async Task<bool> CarryOutAsync(LvspClient client, LvspLine line, CancellationToken cancellation)
    {
        try
        {
            await DoAsync(client, line, cancellation);
            return line is not LvspLine.Problem;
        }
        catch (Exception exception) when (exception is ClientException or ArgumentException)
        {
            printer.ShowProblem(exception.Message);
            return false;
        }
    }

    private Task DoAsync(LvspClient client, LvspLine line, CancellationToken cancellation)
    {
        switch (line)
        {
            case LvspLine.Ask ask:
                return SendAllAsync(client, ask, cancellation);
            case LvspLine.Raw raw:
                return client.SendRawAsync(Encoding.UTF8.GetBytes(raw.Json), cancellation).AsTask();
            case LvspLine.UseForm form:
                client.Form = form.Form;
                return Task.CompletedTask;
            case LvspLine.Beat:
                return client.SendRawAsync(LvspClientMessages.Heartbeat(client.SequenceNumber), cancellation).AsTask();
            case LvspLine.Resume:
                return ResumeAsync(client, cancellation);
            case LvspLine.Drop:
                return DropAsync(client);
            case LvspLine.Help:
                printer.ShowHelp();
                return Task.CompletedTask;
            case LvspLine.Problem problem:
                printer.ShowProblem(problem.Text);
                return Task.CompletedTask;
            case LvspLine.Nothing:
                return Task.CompletedTask;
            default:
                throw new UnreachableException();
        }
    }

    private static async Task SendAllAsync(LvspClient client, LvspLine.Ask ask, CancellationToken cancellation)
    {
        foreach (var request in ask.Requests)
        {
            await client.SendAsync(InFormOf(client, request), cancellation);
        }
    }

    /// <summary>The document form has no update of a channel: there a request for a known channel is one.</summary>
    private static LvspRequest InFormOf(LvspClient client, LvspRequest request) =>
        client.Form == LvspForm.Document && request is ChannelUpdate update
            ? new ChannelRequest(update.ChannelId, update.GuildId, update.Bitrate)
            : request;

    private async Task ResumeAsync(LvspClient client, CancellationToken cancellation)
    {
        await client.ResumeAsync(cancellation);
        _isEndKnown = false;
        printer.ShowNote($"resumed from message {client.SequenceNumber}");
    }

    private async Task DropAsync(LvspClient client)
    {
        await client.DropAsync();
        _isEndKnown = true;
        printer.ShowNote("connection broken; type resume to go on");
    }
}
