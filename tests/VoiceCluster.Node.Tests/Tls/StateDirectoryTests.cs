using VoiceCluster.Node.Tls;

namespace VoiceCluster.Node.Tests.Tls;

public sealed class StateDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public void ReadOrCreateSecret_SecondTime_IsTheSame()
    {
        var first = new StateDirectory(Path.Combine(_directory.Path, "state")).ReadOrCreateSecret("token");
        first.Length.ShouldBe(64);
        new StateDirectory(Path.Combine(_directory.Path, "state")).ReadOrCreateSecret("token").ShouldBe(first);
    }

    [Fact]
    public void Write_NewFile_IsForItsOwnerOnly()
    {
        var state = new StateDirectory(Path.Combine(_directory.Path, "state"));
        state.Write("file", "text");
        File.GetUnixFileMode(state.FileName("file")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(state.Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.GetFiles(state.Path).ShouldHaveSingleItem();
    }

    public void Dispose() => _directory.Dispose();
}
