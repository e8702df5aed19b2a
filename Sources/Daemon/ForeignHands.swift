import Glibc
import Specification
import SystemPackage

/// Refuses files that every user of the machine can write or replace: who can write the configuration, or what it
/// names, can have any file of ours read and replaced.
enum ForeignHands {
    static func refuse(_ file: PathBytes) throws(ConfigurationFault) {
        if let status = status(of: FilePath(file)), status.st_mode & S_IWOTH != 0 {
            throw fault(file, "every user of this machine may write it", "chmod o-w it")
        }
        // In a folder with the sticky bit, as /tmp, only owners replace their files.
        var folder = FilePath(file).removingLastComponent()
        while true {
            if let status = status(of: folder.isEmpty ? "." : folder), status.st_mode & S_IWOTH != 0,
                status.st_mode & S_ISVTX == 0
            {
                throw fault(
                    file, "every user of this machine may replace it, because all may write to \(folder.string)",
                    "chmod o-w that folder, or move the file")
            }
            guard !folder.isEmpty, folder.lastComponent != nil else { return }
            folder = folder.removingLastComponent()
        }
    }

    private static func status(of path: FilePath) -> stat? {
        var status = stat()
        return path.withPlatformString { stat($0, &status) } == 0 ? status : nil
    }

    private static func fault(_ file: PathBytes, _ what: String, _ hint: String) -> ConfigurationFault {
        .wrong("\(file): \(what); hint: \(hint)\n", isUnsafe: true)
    }
}
