import Glibc

/// The folder that results go to.
public enum OutputFolder {
    public enum Fault: Error {
        /// It lies inside this input.
        case inside(String)
        case system(Int32)
    }

    /// Makes the folder, with those above it, and checks that it lies inside none of the input folders.
    public static func prepare(_ output: String, inputs: [String]) throws(Fault) {
        var path = output.hasPrefix("/") ? "/" : ""
        for part in output.split(separator: "/") {
            path += part + "/"
            if mkdir(path, 0o777) != 0, errno != EEXIST { throw .system(errno) }
        }
        var status = stat()
        guard stat(output, &status) == 0 else { throw .system(errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .system(ENOTDIR) }
        for input in inputs {
            var above = stat()
            guard stat(input, &above) == 0, above.st_mode & S_IFMT == S_IFDIR else { continue }
            if isInside(output, (UInt64(above.st_dev), UInt64(above.st_ino))) { throw .inside(input) }
        }
    }

    /// Whether a folder, or one above it, is the one with this identity: by device and inode, so that no other way to
    /// the same place goes unnoticed.
    private static func isInside(_ path: String, _ identity: (UInt64, UInt64)) -> Bool {
        guard let resolved = realpath(path, nil) else { return false }
        defer { free(resolved) }
        var folder = String(cString: resolved)
        while true {
            var status = stat()
            if stat(folder, &status) == 0, (UInt64(status.st_dev), UInt64(status.st_ino)) == identity { return true }
            guard folder != "/", let slash = folder.lastIndex(of: "/") else { return false }
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
        }
    }
}
