/// Which files of a folder are taken. Scan, events and polling all ask this one.
///
/// - A pattern without a slash is about names at any depth; one with a slash about the path relative to the folder.
/// - A file is taken if its name or path matches a pattern of `include` and nothing excludes it.
/// - A pattern of `exclude` also matches folders, and a folder that is excluded is excluded with everything inside.
/// - Letters A to Z match in either case, so that `*.jpg` takes `DSC_0001.JPG` too.
public struct PathFilter: Sendable, Hashable {
    /// What is decided about a file, and by which pattern.
    public enum Decision: Sendable, Hashable {
        case taken
        /// No pattern of `include` matches.
        case notIncluded
        /// `path` is the file or the folder above it that the pattern matches.
        case excluded(pattern: String, path: [UInt8])
    }

    public let include: [Glob]
    public let exclude: [Glob]

    /// Takes every file.
    public static let everything = PathFilter(include: [.everyName], exclude: [])

    private init(include: [Glob], exclude: [Glob]) {
        self.include = include
        self.exclude = exclude
    }

    public init(include: [String], exclude: [String]) throws(Glob.Failure) {
        var globs: [[Glob]] = []
        for patterns in [include, exclude] {
            var list: [Glob] = []
            for pattern in patterns { list.append(try Glob(pattern, ignoringCase: true)) }
            globs.append(list)
        }
        self.include = globs[0]
        self.exclude = globs[1]
    }

    /// - `path`: relative to the folder, its components separated by single slashes.
    public func decision(forFile path: [UInt8]) -> Decision {
        if let exclusion = exclusion(of: path) { return exclusion }
        return include.contains { matches($0, path[...]) } ? .taken : .notIncluded
    }

    public func takes(file path: [UInt8]) -> Bool { decision(forFile: path) == .taken }

    /// Whether nothing inside a folder can be taken, so that it need be neither watched nor scanned.
    public func excludes(folder path: [UInt8]) -> Bool { exclusion(of: path) != nil }

    private func exclusion(of path: [UInt8]) -> Decision? {
        guard !exclude.isEmpty else { return nil }
        // The folders above come first: the outermost one that is excluded is what a person wants to be told.
        for end in path.indices where path[end] == UInt8(ascii: "/") {
            if let glob = exclude.first(where: { matches($0, path[..<end]) }) {
                return .excluded(pattern: glob.pattern, path: Array(path[..<end]))
            }
        }
        return exclude.first { matches($0, path[...]) }.map { .excluded(pattern: $0.pattern, path: path) }
    }

    private func matches(_ glob: Glob, _ path: ArraySlice<UInt8>) -> Bool {
        if glob.namesFolders { return glob.matches(path) }
        let nameStart = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? path.startIndex
        return glob.matches(path[nameStart...])
    }
}
