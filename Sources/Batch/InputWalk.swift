import Glibc
import Pipelines

/// The inputs of a batch one after the other: named files, and the pictures in named folders, in the order of names.
///
/// Only the names of the folders that are being walked are in memory, so that a batch may have any number of files.
public struct InputWalk {
    /// What stands for something other than a picture.
    public enum Event: Sendable {
        case file(InputFile)
        /// A path that cannot be read, and why.
        case unreadable(path: [UInt8], errno: Int32)
    }

    /// Where paths come from.
    public enum Origin {
        case arguments([[UInt8]])
        /// One path on each line.
        case lines(LineReader)
    }

    private struct Folder {
        /// With a slash at its end.
        let path: [UInt8]
        let relative: [UInt8]
        /// All of it belongs to this share.
        let isWhole: Bool
        /// Reversed: the next one is the last.
        var entries: [Entry]
    }

    private var arguments: [[UInt8]] = []
    private var lines: LineReader?
    private var folders: [Folder] = []
    private let share: Share?
    /// Each with a slash at its end, the longest first.
    private let bases: [[UInt8]]
    /// What this share has in folders that is no picture.
    public private(set) var passedOver = 0

    /// - Parameter bases: folders from which the names of outputs are counted, for what a list names below one of them.
    public init(_ origin: Origin, share: Share? = nil, bases: [[UInt8]] = []) {
        self.share = share
        self.bases = bases.map { $0.last == slash ? $0 : $0 + [slash] }.sorted { $0.count > $1.count }
        switch origin {
        case .arguments(let paths): arguments = paths.reversed()
        case .lines(let reader): lines = reader
        }
    }

    public mutating func next() -> Event? {
        while true {
            if let event = nextInFolder() { return event }
            if !folders.isEmpty { continue }
            guard let path = nextArgument() else { return nil }
            if let event = named(path) { return event }
        }
    }

    private mutating func nextArgument() -> [UInt8]? {
        while true {
            guard let path = arguments.popLast() ?? lines?.next() else { return nil }
            if !path.isEmpty { return path }
        }
    }

    private mutating func named(_ path: [UInt8]) -> Event? {
        // Of a list that is read by many processes, each looks only at its own share on the file system. What has the
        // ending of a picture belongs to a share by its own path even if it is a folder.
        let relative = relative(named: path)
        let isWhole = lines != nil && PictureSniffer.hasPictureEnding(path)
        if isWhole, let share, !share.includes(relative) { return nil }
        var status = stat()
        guard withPath(path, { stat($0, &status) }) == 0 else { return .unreadable(path: path, errno: errno) }
        if status.st_mode & S_IFMT == S_IFDIR {
            return open(path.last == slash ? path : path + [slash], relative: [], isWhole: isWhole)
        }
        guard isWhole || share?.includes(relative) ?? true else { return nil }
        return .file(InputFile(path: path, name: PictureName(relativePath: relative), isNamed: true))
    }

    /// Lists give paths relative to one place, whose folders are worth keeping; arguments are files by themselves.
    private func relative(named path: [UInt8]) -> [UInt8] {
        if lines != nil, let base = bases.first(where: path.starts(with:)), path.count > base.count {
            return Array(path[base.count...])
        }
        if lines == nil || path.first == slash { return PictureName(relativePath: path).file }
        let parts = path.split(separator: slash).filter { $0 != [dot] }
        if parts.contains([dot, dot]) { return PictureName(relativePath: path).file }
        return Array(parts.joined(separator: [slash]))
    }

    private mutating func open(_ path: [UInt8], relative: [UInt8], isWhole: Bool) -> Event? {
        guard let directory = withPath(path, { opendir($0) }) else { return .unreadable(path: path, errno: errno) }
        defer { closedir(directory) }
        var entries: [Entry] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            // Hidden files, our own temporaries among them, are no input.
            if name.first != dot { entries.append(Entry(name: name, type: entry.pointee.d_type)) }
        }
        entries.sort { $0.name.lexicographicallyPrecedes($1.name) }
        folders.append(Folder(path: path, relative: relative, isWhole: isWhole, entries: entries.reversed()))
        return nil
    }

    private mutating func nextInFolder() -> Event? {
        guard let last = folders.indices.last else { return nil }
        guard let entry = folders[last].entries.popLast() else {
            folders.removeLast()
            return nil
        }
        let folder = folders[last]
        let path = folder.path + entry.name
        let relative = folder.relative + entry.name
        let kind: Entry.Kind
        do { kind = try entry.kind(path) } catch { return .unreadable(path: path, errno: error.errno) }
        if kind == .folder { return open(path + [slash], relative: relative + [slash], isWhole: folder.isWhole) }
        // The share goes first: looking into a file costs more.
        if !folder.isWhole, let share, !share.includes(relative) { return nil }
        guard kind == .file, PictureSniffer.isPicture(path) else {
            passedOver += 1
            return nil
        }
        return .file(InputFile(path: path, name: PictureName(relativePath: relative), isNamed: false))
    }
}

/// What stands in a folder.
private struct Entry {
    enum Kind {
        case file, folder, other
    }

    struct Fault: Error {
        let errno: Int32
    }

    let name: [UInt8]
    /// As `readdir` tells it, which spares a look at each file where the file system gives it.
    let type: UInt8

    func kind(_ path: [UInt8]) throws(Fault) -> Kind {
        switch Int(type) {
        case Int(DT_REG): return .file
        case Int(DT_DIR): return .folder
        case Int(DT_UNKNOWN): break
        default: return .other
        }
        var status = stat()
        guard withPath(path, { lstat($0, &status) }) == 0 else { throw Fault(errno: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .other
        }
    }
}

private let dot = UInt8(ascii: ".")
private let slash = UInt8(ascii: "/")

/// Calls a C function with a path as a string that ends with 0.
func withPath<Result>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    (path + [0]).withUnsafeBytes { body($0.bindMemory(to: CChar.self).baseAddress!) }
}
