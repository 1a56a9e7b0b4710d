using System.Diagnostics;

namespace VoiceCluster.LoadGen.Peers;

/// <summary>A temporary directory for one server's configuration and files.</summary>
internal sealed class PeerDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("voicecluster-peer-");

    /// <summary>Where it is.</summary>
    public string Path => _directory.FullName;

    /// <summary>Writes a file into it.</summary>
    /// <returns>The file's whole path.</returns>
    public string Write(string name, string text)
    {
        var file = System.IO.Path.Combine(Path, name);
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>Gives it, with its files, to the account a server changes to when it is started by root; does nothing for anyone else.</summary>
    public void GiveTo(string account)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return;
        }

        using var chown = Process.Start("chown", ["-R", account, Path]);
        chown.WaitForExit();
    }

    /// <summary>Removes it with all that is in it.</summary>
    public void Dispose()
    {
        if (_directory.Exists)
        {
            _directory.Delete(recursive: true);
        }
    }
}
