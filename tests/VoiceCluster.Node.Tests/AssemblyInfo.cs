using System.Runtime.Versioning;

// File modes and the packet path are Unix only; so are these tests.
[assembly: SupportedOSPlatform("linux")]
