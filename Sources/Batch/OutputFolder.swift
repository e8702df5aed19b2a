import Glibc

/// The folder that results go to.
public enum OutputFolder {
    public enum Fault: Error {
        /// It lies inside this input.
        case inside([UInt8])
        case system(Int32)
    }

    /// Makes the folder, with those above it, unless it lies or would lie inside one of the input folders.
    public static func prepare(_ output: [UInt8], inputs: [[UInt8]]) throws(Fault) {
        let existing = deepestExisting(output)
        for input in inputs {
            var above = stat()
            guard withPath(input, { stat($0, &above) }) == 0, above.st_mode & S_IFMT == S_IFDIR else { continue }
            if isInside(existing, (UInt64(above.st_dev), UInt64(above.st_ino))) { throw .inside(input) }
        }
        try make(output)
    }

    /// Makes a folder where it is missing, with those above it.
    public static func make(_ path: [UInt8]) throws(Fault) {
        for end in path.indices where end == path.count - 1 || path[end] == slash {
            if withPath(Array(path[...end]), { mkdir($0, 0o777) }) != 0, errno != EEXIST { throw .system(errno) }
        }
        var status = stat()
        guard withPath(path, { stat($0, &status) }) == 0 else { throw .system(errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .system(ENOTDIR) }
    }

    /// The folder itself, or the lowest of those above it that is there.
    private static func deepestExisting(_ path: [UInt8]) -> [UInt8] {
        var status = stat()
        var folder = path[...]
        while !folder.isEmpty {
            if withPath(Array(folder), { stat($0, &status) }) == 0 { return Array(folder) }
            let parent = folder[..<(folder.dropLast().lastIndex(of: slash).map { $0 + 1 } ?? folder.startIndex)]
            folder = parent
        }
        return [UInt8(ascii: ".")]
    }

    /// Whether a folder, or one above it, is the one with this identity: by device and inode, so that no other way to
    /// the same place goes unnoticed.
    private static func isInside(_ path: [UInt8], _ identity: (UInt64, UInt64)) -> Bool {
        guard let resolved = withPath(path, { realpath($0, nil) }) else { return false }
        defer { free(resolved) }
        var folder = UnsafeBufferPointer(start: resolved, count: strlen(resolved)).map { UInt8(bitPattern: $0) }[...]
        while true {
            var status = stat()
            if withPath(Array(folder), { stat($0, &status) }) == 0,
                (UInt64(status.st_dev), UInt64(status.st_ino)) == identity
            {
                return true
            }
            guard folder.count > 1, let last = folder.lastIndex(of: slash) else { return false }
            folder = folder[...max(folder.startIndex, last - 1)]
        }
    }
}

private let slash = UInt8(ascii: "/")
