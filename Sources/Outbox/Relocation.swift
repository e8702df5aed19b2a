import Glibc
import SystemPackage

/// One move of a file between two folders that are open.
struct Relocation {
    let calls: FileCalls
    let durable: Bool
    let name: FilePath.Component
    let source: FolderTree.Folder
    let newName: FilePath.Component
    let target: FolderTree.Folder
    /// Where the file is and where it goes, for messages.
    let path: FilePath
    let newPath: FilePath

    private static let bufferBytes = 1 << 20

    /// Gives the name that the file has in the target.
    func run(expecting expected: FileVersion?) throws(OutboxError) -> FilePath.Component {
        let status = try OutboxError.wrapping(.move, path) { () throws(Errno) in
            guard let status = try calls.status(name, in: source.descriptor) else { throw .noSuchFileOrDirectory }
            return status
        }
        if let expected, FileVersion(status) != expected { throw OutboxError(.move, path, .fileChanged) }
        do throws(OutboxError) {
            let newName = try takeName(of: name, in: source.descriptor)
            try verify(newName, FileIdentity(status))
            return newName
        } catch  where error.errno == Errno.improperLink {
            return try copy(FileVersion(status))
        }
    }

    /// Renames to a free numbered name in the target.
    private func takeName(of old: FilePath.Component, in folder: Int32) throws(OutboxError) -> FilePath.Component {
        let search = NumberSearch(calls: calls, name: newName, folder: target)
        let taken = try OutboxError.wrapping(.move, path) { () throws(Errno) in
            try search.first { (candidate) throws(Errno) -> FilePath.Component? in
                let isFree = try calls.renameUnlessTaken(old, in: folder, to: candidate, in: target.descriptor)
                return isFree ? candidate : nil
            }
        }
        if let taken { return taken }
        throw OutboxError(.move, newPath, .everyNumberTaken(upTo: NumberedName.last))
    }

    /// A file that took the name just before the rename goes back.
    private func verify(_ newName: FilePath.Component, _ identity: FileIdentity) throws(OutboxError) {
        let isSame = try OutboxError.wrapping(.move, path) { () throws(Errno) in
            guard let status = try calls.status(newName, in: target.descriptor) else { return false }
            if FileIdentity(status) == identity { return true }
            _ = try calls.renameUnlessTaken(newName, in: target.descriptor, to: name, in: source.descriptor)
            return false
        }
        if !isSame { throw OutboxError(.move, path, .fileChanged) }
    }

    // MARK: Between mounts

    private func copy(_ version: FileVersion) throws(OutboxError) -> FilePath.Component {
        let input = try OutboxError.wrapping(.read, path) { () throws(Errno) in
            try calls.openFile(name, in: source.descriptor)
        }
        defer { try? calls.close(input) }
        let before = try OutboxError.wrapping(.read, path) { () throws(Errno) in try calls.status(input) }
        guard before.st_mode & S_IFMT == S_IFREG else { throw OutboxError(.move, path, .system(.improperLink)) }
        guard FileVersion(before) == version else { throw OutboxError(.move, path, .fileChanged) }

        let temporary = TemporaryName.next().component
        try write(temporary, from: input, before)
        do throws(OutboxError) {
            guard try isUnchanged(version, input) else { throw OutboxError(.move, path, .fileChanged) }
            let newName: FilePath.Component
            if let copy = try earlierCopy(of: temporary) {
                newName = copy
            } else {
                newName = try takeName(of: temporary, in: target.descriptor)
            }
            try removeSource(version, leaving: newName)
            return newName
        } catch {
            try? calls.remove(temporary, in: target.descriptor)
            throw error
        }
    }

    /// The name under which a process that died before it removed the source left the same copy: same bytes, same time.
    private func earlierCopy(of temporary: FilePath.Component) throws(OutboxError) -> FilePath.Component? {
        let search = NumberSearch(calls: calls, name: newName, folder: target)
        return try OutboxError.wrapping(.move, newPath) { () throws(Errno) in
            guard let copy = try calls.status(temporary, in: target.descriptor) else { return nil }
            let time = FileVersion(copy).modified
            let comparison = FileComparison(calls: calls, flushesFirst: durable)
            return try search.firstTaken { (candidate, status) throws(Errno) in
                guard FileVersion(status).modified == time,
                    try comparison.isSame(candidate, as: temporary, in: target.descriptor)
                else { return false }
                try calls.remove(temporary, in: target.descriptor)
                return true
            }
        }
    }

    /// Writes a whole copy, with the permissions and times of the original, and makes it safe.
    private func write(_ temporary: FilePath.Component, from input: Int32, _ original: stat) throws(OutboxError) {
        let output = try OutboxError.wrapping(.create, newPath) { () throws(Errno) in
            try calls.create(temporary, in: target.descriptor, mode: 0o600)
        }
        var isOpen = true
        do throws(Errno) {
            try copyBytes(from: input, to: output)
            try calls.setAttributes(of: output, like: original)
            if durable { try calls.flush(output) }
            isOpen = false
            try calls.close(output)
        } catch {
            if isOpen { try? calls.close(output) }
            try? calls.remove(temporary, in: target.descriptor)
            throw OutboxError(.write, newPath, .system(error))
        }
    }

    private func copyBytes(from input: Int32, to output: Int32) throws(Errno) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferBytes, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try calls.read(input, into: buffer)
            if count == 0 { return }
            try calls.writeAll(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: output)
        }
    }

    private func isUnchanged(_ version: FileVersion, _ input: Int32) throws(OutboxError) -> Bool {
        try OutboxError.wrapping(.read, path) { () throws(Errno) in FileVersion(try calls.status(input)) == version }
    }

    /// The copy is safe before the original goes; an original that cannot go takes the copy with it, so that there are
    /// not two.
    private func removeSource(_ version: FileVersion, leaving newName: FilePath.Component) throws(OutboxError) {
        do throws(OutboxError) {
            let isSame = try OutboxError.wrapping(.move, path) { () throws(Errno) in
                if durable { try calls.flushFolder(target.descriptor) }
                guard let status = try calls.status(name, in: source.descriptor) else { return false }
                guard FileVersion(status) == version else { return false }
                try calls.remove(name, in: source.descriptor)
                return true
            }
            if !isSame { throw OutboxError(.move, path, .fileChanged) }
        } catch {
            try? calls.remove(newName, in: target.descriptor)
            throw error
        }
    }
}
