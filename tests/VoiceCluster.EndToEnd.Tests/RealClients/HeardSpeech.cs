namespace VoiceCluster.EndToEnd.Tests.RealClients;

/// <summary>What a listener has to hear of a speaker, and what went wrong if that is not what was heard.</summary>
/// <param name="Listener">Who hears.</param>
/// <param name="Speaker">Who speaks.</param>
/// <param name="Said">The frames, no two of them the same.</param>
/// <param name="First">How many frames of speech the listener heard of the speaker before.</param>
internal sealed record HeardSpeech(DiscordJsClient Listener, DiscordJsClient Speaker, IReadOnlyList<string> Said, int First = 0)
{
    private IReadOnlyList<string> Heard => [.. Listener.Heard(Speaker.UserId).Where(frame => !frame.IsMarked).Skip(First).Select(frame => frame.Hex)];

    /// <summary>Waits until everything was heard, and judges it: each frame once, in order and as it was sent.</summary>
    /// <param name="readLosses">What the nodes and the machine dropped, for whoever reads the failure.</param>
    /// <param name="countLate">How many frames may be missing, because the node counted them as too old on a machine that is too busy to run it.</param>
    public async Task ShouldBeWholeAsync(Func<Task<string>> readLosses, Func<long>? countLate = null)
    {
        try
        {
            await Listener.WaitUntilAsync(_ => Heard.Count + (countLate?.Invoke() ?? 0) >= Said.Count, $"{Said.Count} frames of {Speaker.UserId}");
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"{Describe(Said, Heard)}\n{await ReadLossesAsync(readLosses)}\n{error.Message}", error);
        }

        var heard = Heard;
        IReadOnlyList<string> expected = heard.Count < Said.Count ? [.. Said.Where(heard.Contains)] : Said;
        if (!heard.SequenceEqual(expected))
        {
            Assert.Fail($"{Listener.UserId} did not hear exactly what {Speaker.UserId} said: {Describe(Said, heard)}\n{await ReadLossesAsync(readLosses)}");
        }
    }

    /// <summary>Names frames by their places in what was said.</summary>
    internal static string Describe(IReadOnlyList<string> said, IReadOnlyList<string> heard)
    {
        var placeOf = said.Select((frame, place) => (frame, place)).ToDictionary(one => one.frame, one => one.place, StringComparer.Ordinal);
        var places = heard.Select(frame => placeOf.GetValueOrDefault(frame, -1)).ToList();
        var known = places.Where(place => place >= 0).ToList();
        var late = known.Where((place, index) => known.Take(index).Any(earlier => earlier > place));
        var twice = known.GroupBy(place => place).Where(group => group.Count() > 1).Select(group => group.Key);
        var foreign = heard.Zip(places).Where(one => one.Second < 0).Select(one => $"'{one.First}'");
        return $"heard {heard.Count} of {said.Count} frames; missing [{string.Join(' ', Enumerable.Range(0, said.Count).Except(known))}], "
            + $"behind later ones [{string.Join(' ', late)}], twice [{string.Join(' ', twice)}], never said [{string.Join(' ', foreign)}]";
    }

    private async Task<string> ReadLossesAsync(Func<Task<string>> readLosses) =>
        $"{await readLosses()}\nkernel, at the sockets of the listener: {Listener.CountKernelDrops()}, of the speaker: {Speaker.CountKernelDrops()}";
}
