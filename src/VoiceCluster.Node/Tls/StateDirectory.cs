using System.Security.Cryptography;

namespace VoiceCluster.Node.Tls;

/// <summary>Where a node keeps what it made for itself, readable by its own user only.</summary>
public sealed class StateDirectory(string path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public string FileName(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The secret of that name, made at first use from 256 random bits.</summary>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    public string ReadOrCreateSecret(string name)
    {
        var file = FileName(name);
        var kept = File.Exists(file) ? File.ReadAllText(file).Trim() : "";
        if (kept.Length > 0)
        {
            return kept;
        }
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        Write(name, secret + "\n");
        return secret;
    }

    /// <summary>Writes a file whole or not at all, with mode 0600.</summary>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    public void Write(string name, string text)
    {
        CreateDirectory();
        var file = FileName(name);
        var unfinished = $"{file}.{Environment.ProcessId}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }
        using (var writer = new StreamWriter(unfinished, options))
        {
            writer.Write(text);
        }
        File.Move(unfinished, file, overwrite: true);
    }

    private void CreateDirectory()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path);
        }
        else
        {
            Directory.CreateDirectory(Path, OwnerOnly | UnixFileMode.UserExecute);
        }
    }
}
