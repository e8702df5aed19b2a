import Glibc

/// Which outputs are there already, so that a batch that is begun again passes by what is done without opening it.
///
/// Inputs come folder by folder. After some questions about one folder it is listed once, which on a network file system
/// costs as much as a few questions; what appears in it later is found when it is published.
struct ExistingOutputs {
    private let root: [UInt8]
    private var folder: [UInt8] = []
    private var questions = 0
    private var names: Set<[UInt8]>?

    private static let questionsBeforeListing = 16

    /// - Parameter root: the output folder.
    init(root: [UInt8]) {
        self.root = root + [slash]
    }

    /// - Parameter path: relative to the output folder.
    mutating func contains(_ path: [UInt8]) -> Bool {
        let end = path.lastIndex(of: slash).map { $0 + 1 } ?? 0
        if path[..<end] != folder[...] {
            folder = Array(path[..<end])
            questions = 0
            names = nil
        }
        if let names { return names.contains(Array(path[end...])) }
        questions += 1
        if questions > Self.questionsBeforeListing {
            names = list(root + folder)
            return contains(path)
        }
        var status = stat()
        return withPath(root + path) { lstat($0, &status) } == 0
    }

    /// Empty where the folder cannot be read: the work then finds out why.
    private func list(_ folder: [UInt8]) -> Set<[UInt8]> {
        var names: Set<[UInt8]> = []
        guard let directory = withPath(folder, { opendir($0) }) else { return names }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            names.insert(withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) })
        }
        return names
    }
}

private let slash = UInt8(ascii: "/")
