import Glibc
import Intake
import Outbox
import Specification
import SystemPackage

extension Originals {
    /// - Returns: where the file is now, absolute; nil when there is no such file any more.
    func move(
        _ path: FilePath, _ identity: Intake.FileIdentity, from: FilePath, to: FilePath
    ) throws(OutboxError) -> FilePath? {
        let source = from.appending(path.components)
        guard isStillThere(source, identity) else { return nil }
        guard let input = try? FileDescriptor.open(source, .readOnly, options: [.noFollow, .closeOnExec]) else {
            return nil
        }
        defer { try? input.close() }
        let publication = try Publication(root: to)
        guard let output = try publication.create(path, onConflict: .number) else { return nil }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        do {
            while case let count = try buffer.withUnsafeMutableBytes({ try input.read(into: $0) }), count > 0 {
                _ = try FileDescriptor(rawValue: output).writeAll(buffer[..<count])
            }
        } catch {
            throw OutboxError(.move, source, .system(error as? Errno ?? .ioError))
        }
        let published = try publication.commit()
        try delete(path, identity, from: from)
        return published.first.map { to.appending($0.path.components) }
    }

    func delete(_ path: FilePath, _ identity: Intake.FileIdentity, from: FilePath) throws(OutboxError) {
        let source = from.appending(path.components)
        guard isStillThere(source, identity) else { return }
        guard source.withPlatformString({ unlink($0) }) == 0 || errno == ENOENT else {
            throw OutboxError(.remove, source, .system(Errno(rawValue: errno)))
        }
    }

    private func isStillThere(_ path: FilePath, _ identity: Intake.FileIdentity) -> Bool {
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else { return false }
        let now = Intake.FileIdentity(status)
        return now.inode == identity.inode && now.device == identity.device && now.modified == identity.modified
            && now.size == identity.size
    }

    func writeNote(
        beside file: FilePath, in folder: FilePath, input: FilePath, _ failure: FileFailure, attempts: Int
    ) throws(OutboxError) {
        let note = JSONNode.object(compacting: [
            ("input", .string(PrintableName.escaped(input))), ("code", .string(failure.code)),
            ("class", .string(failure.kind.rawValue)), ("step", failure.step.map(JSONNode.string)),
            ("message", .string(failure.message)), ("hint", failure.hint.map(JSONNode.string)),
            ("attempts", .integer(attempts)),
        ])
        guard let name = file.lastComponent?.string else { return }
        var relative = file
        _ = relative.removePrefix(folder)
        let publication = try Publication(root: folder)
        let path = relative.removingLastComponent().appending(name + ".error.json")
        guard let output = try publication.create(path, onConflict: .replace) else { return }
        do {
            _ = try FileDescriptor(rawValue: output).writeAll(
                Array((JSONWriter.text(note, style: .pretty) + "\n").utf8))
        } catch {
            throw OutboxError(.write, folder.appending(path.components), .system(error as? Errno ?? .ioError))
        }
        _ = try publication.commit()
    }
}
