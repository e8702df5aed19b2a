import Glibc
import SystemPackage

/// The files that publications are still writing, or that a process left when it died.
public enum TemporaryFiles {
    /// Whether a file of that name (one component, as bytes) is one of this module's temporary files, which nobody
    /// should take for a result or for an input.
    public static func isTemporary(name: some Sequence<UInt8>) -> Bool { TemporaryName(name) != nil }

    /// What a sweep found.
    public struct SweepReport: Hashable, Sendable {
        /// What was removed, below the root.
        public var removed: [FilePath] = []
        /// Temporary files that somebody may still need.
        public var kept: [FilePath] = []
        /// What could not be looked at or removed.
        public var failures: [OutboxError] = []
    }

    /// Removes temporary files of dead processes below a folder; never anything else.
    ///
    /// Dead is a process of this machine that no longer runs (or whose number another one has now), and every process
    /// of an earlier boot. About processes of other machines and of other containers nothing is known: their files go
    /// when nobody has written to them for `foreignAge`. Symbolic links are not followed.
    ///
    /// - Parameter foreignAge: by default 36 hours.
    /// - Throws: when the root cannot be opened.
    public static func sweep(
        root: FilePath, foreignAge: Duration = .seconds(36 * 3600)
    ) throws(OutboxError) -> SweepReport {
        let now = OwnerLife.Moment.now
        return try sweep(root: root, calls: .system) { owner, written in
            OwnerLife(foreignAge: foreignAge).mayStillWrite(owner, lastWrite: written, now: now)
        }
    }

    static func sweep(
        root: FilePath, calls: FileCalls,
        mayStillWrite: @escaping (_ owner: TemporaryName.Owner, _ lastWrite: Int64) -> Bool
    ) throws(OutboxError) -> SweepReport {
        let descriptor = try OutboxError.wrapping(.openFolder, root) { () throws(Errno) in try calls.openFolder(root) }
        var sweep = Sweep(root: root, calls: calls, mayStillWrite: mayStillWrite)
        sweep.visit(descriptor, FilePath(), depth: 0)
        return sweep.report
    }
}

/// One walk through a tree.
private struct Sweep {
    let root: FilePath
    let calls: FileCalls
    let mayStillWrite: (_ owner: TemporaryName.Owner, _ lastWrite: Int64) -> Bool
    var report = TemporaryFiles.SweepReport()

    init(
        root: FilePath, calls: FileCalls,
        mayStillWrite: @escaping (_ owner: TemporaryName.Owner, _ lastWrite: Int64) -> Bool
    ) {
        self.root = root
        self.calls = calls
        self.mayStillWrite = mayStillWrite
    }

    /// Folders deeper than this are left alone; each level costs a descriptor.
    private static let deepest = 200

    /// Takes the descriptor over.
    mutating func visit(_ descriptor: Int32, _ path: FilePath, depth: Int) {
        guard let folder = fdopendir(descriptor) else {
            fail(.openFolder, path, Errno(rawValue: errno))
            try? calls.close(descriptor)
            return
        }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let type = entry.pointee.d_type
            let bytes = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { start in
                    (0..<256).prefix { start[$0] != 0 }.map { UInt8(bitPattern: start[$0]) }
                }
            }
            guard let name = component(bytes) else { continue }
            if let owner = TemporaryName(bytes)?.owner {
                look(at: name, owner, descriptor, path)
            } else if Int32(type) == Int32(DT_DIR) || Int32(type) == Int32(DT_UNKNOWN), depth < Self.deepest {
                descend(name, descriptor, path, depth)
            }
        }
    }

    private mutating func descend(_ name: FilePath.Component, _ folder: Int32, _ path: FilePath, _ depth: Int) {
        do {
            visit(try calls.openFolder(name, in: folder), path.appending(name), depth: depth + 1)
        } catch .notDirectory, .tooManySymbolicLinkLevels, .noSuchFileOrDirectory {
            // A file or a link whose type the folder did not tell, or something that has gone meanwhile.
        } catch {
            fail(.openFolder, path.appending(name), error)
        }
    }

    private mutating func look(
        at name: FilePath.Component, _ owner: TemporaryName.Owner, _ folder: Int32, _ path: FilePath
    ) {
        let full = path.appending(name)
        do {
            guard let status = try calls.status(name, in: folder), status.st_mode & S_IFMT == S_IFREG else { return }
            if mayStillWrite(owner, Int64(status.st_mtim.tv_sec)) {
                report.kept.append(full)
            } else {
                try calls.remove(name, in: folder)
                report.removed.append(full)
            }
        } catch .noSuchFileOrDirectory {
            // Another sweep was faster.
        } catch {
            fail(.remove, full, error)
        }
    }

    private mutating func fail(_ operation: OutboxError.Operation, _ path: FilePath, _ error: Errno) {
        report.failures.append(OutboxError(operation, root.appending(path.components), .system(error)))
    }

    /// nil for `.` and `..`.
    private func component(_ bytes: [UInt8]) -> FilePath.Component? {
        let component = (bytes.map(CChar.init(bitPattern:)) + [0]).withUnsafeBufferPointer { buffer in
            buffer.baseAddress.flatMap(FilePath.Component.init(platformString:))
        }
        return component?.kind == .regular ? component : nil
    }
}
