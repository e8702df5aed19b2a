import SystemPackage
import Testing

@testable import Outbox

@Suite("Whatever call fails, and wherever the process dies, nothing is half published")
struct FailureInjectionTests {
    private static let names: [FilePath] = ["sub/a.png", "sub/b.png", "c.json"]
    private static let texts = ["first result", "second result", "the record"]

    /// Publishes three results in two folders, the second of which gets its name last.
    private func publish(
        into folder: TemporaryFolder, _ policy: ConflictPolicy, _ calls: FileCalls
    ) throws -> [PublishedFile] {
        let publication = try Publication(root: folder.path, durable: true, calls: calls)
        for (index, (name, text)) in zip(Self.names, Self.texts).enumerated() {
            if index == 1 {
                let file = try publication.createUnnamed()
                try write(text, to: file)
                _ = try publication.name(file, name, onConflict: policy)
            } else if let file = try publication.create(name, onConflict: policy) {
                try write(text, to: file)
            }
        }
        return try publication.commit()
    }

    /// What is under the results' names and numbered ones; nothing else may be there but temporary files.
    private func results(in folder: TemporaryFolder) throws -> [String: String] {
        var results: [String: String] = [:]
        for parent: FilePath in ["", "sub"] where parent.isEmpty || folder.exists(parent) {
            for name in try folder.texts(in: parent) where name != "sub" {
                if TemporaryFiles.isTemporary(name: Array(name.utf8)) { continue }
                let path = parent.appending(name)
                results[path.string] = folder.text(path)
            }
        }
        return results
    }

    private var complete: [String: String] {
        Dictionary(uniqueKeysWithValues: zip(Self.names.map(\.string), Self.texts))
    }

    private func sweepAll(_ folder: TemporaryFolder) throws -> [FilePath] {
        try TemporaryFiles.sweep(root: folder.path, calls: .system) { _, _ in false }.removed
    }

    @Test(
        "one failed call: all results or none, and no temporary file",
        arguments: [ConflictPolicy.fail, .number, .replace])
    func oneFailure(policy: ConflictPolicy) throws {
        for nth in 1... {
            let folder = try TemporaryFolder()
            let old = policy == .replace ? ["sub/b.png": "old"] : [:]
            if policy == .replace {
                try folder.makeFolder("sub")
                try folder.write("old", to: "sub/b.png")
            }
            let faults = Faults(at: nth, .once)
            do {
                _ = try publish(into: folder, policy, faults.calls)
                #expect(try results(in: folder) == complete)
            } catch let error as OutboxError {
                #expect(error.errno == .ioError && error.failureClass == .transient)
                #expect(try results(in: folder) == old)
            }
            if !faults.happened {
                #expect(nth > 25)
                break
            }
            // Only the removal of a temporary file itself may leave one.
            if faults.firstFailed != .remove { #expect(try sweepAll(folder) == []) }
            // The next try, without a fault, completes it.
            _ = try publish(into: folder, policy == .fail ? .replace : policy, .system)
            #expect(try results(in: folder) == complete)
        }
    }

    @Test(
        "a death at any call: every result absent or whole; the next run completes them without doubles",
        arguments: [ConflictPolicy.number, .skip])
    func death(policy: ConflictPolicy) throws {
        for nth in 1... {
            let folder = try TemporaryFolder()
            let faults = Faults(at: nth, .dead)
            _ = try? publish(into: folder, policy, faults.calls)
            let left = try results(in: folder)
            for (name, text) in left { #expect(complete[name] == text) }
            _ = try sweepAll(folder)
            _ = try publish(into: folder, policy, .system)
            #expect(try results(in: folder) == complete)
            #expect(try sweepAll(folder) == [])
            if !faults.happened { break }
        }
    }

    @Test("a death while several files are replaced leaves each old or new")
    func deathWhileReplacing() throws {
        for nth in 1... {
            let folder = try TemporaryFolder()
            try folder.makeFolder("sub")
            for name in Self.names { try folder.write("old", to: name) }
            let faults = Faults(at: nth, .dead)
            _ = try? publish(into: folder, .replace, faults.calls)
            for (name, text) in try results(in: folder) { #expect(text == "old" || text == complete[name]) }
            #expect(try results(in: folder).count == 3)
            if !faults.happened { break }
        }
    }

    @Test(
        "a failed flush is final: the file is not published", arguments: [Errno.ioError, .noSpace, .diskQuotaExceeded])
    func failedFlush(error: Errno) throws {
        let folder = try TemporaryFolder()
        let publication = try Publication(
            root: folder.path, durable: true, calls: FileCalls { $0 == .flush ? error : nil })
        try write("x", to: publication.create("a.png", onConflict: .fail))
        let failure = #expect(throws: OutboxError.self) { try publication.commit() }
        #expect(failure == OutboxError(.flush, folder.path.appending("a.png"), .system(error)))
        #expect(failure?.failureClass == .transient)
        #expect(throws: OutboxError.self) { try publication.commit() }
        #expect(try folder.texts() == [])
    }

    @Test("file systems that cannot rename without replacing get a link instead")
    func withoutNoReplace() throws {
        let folder = try TemporaryFolder()
        let calls = FileCalls { $0 == .rename ? .invalidArgument : nil }
        #expect(try publish(into: folder, .number, calls).map(\.disposition) == [.created, .created, .created])
        #expect(try results(in: folder) == complete)
        #expect(try sweepAll(folder) == [])
        let other = try TemporaryFolder()
        try other.write("old", to: "c.json")
        let published = try publish(into: other, .number, calls)
        #expect(published.last?.path == "c-2.json")
    }

    @Test("a signal that interrupts a call is invisible")
    func interrupted() throws {
        for nth in 1...30 {
            let folder = try TemporaryFolder()
            let faults = Faults(at: nth, .once, .interrupted)
            // A close that was interrupted has closed.
            _ = try? publish(into: folder, .fail, faults.calls)
            if faults.firstFailed != .close { #expect(try results(in: folder) == complete) }
        }
    }

    // MARK: Originals

    @Test("a death at any call of a move leaves the original in one place, whole", arguments: [true, false])
    func deathWhileMoving(betweenMounts: Bool) throws {
        guard let target = betweenMounts ? try TemporaryFolder.onOtherDevice() : try TemporaryFolder() else {
            print("skipped: there is no second device beside /tmp")
            return
        }
        for kind in Faults.Kind.allCases {
            for nth in 1... {
                let source = try TemporaryFolder()
                let newPath = FilePath("x/\(nth).png")
                try source.write("original", to: "a.png")
                let faults = Faults(at: nth, kind)
                let moved = try? OriginalFile.move(
                    "a.png", below: source.path, to: newPath, below: target.path, expecting: nil,
                    durable: true, calls: faults.calls)
                let before = source.text("a.png")
                let after = target.text(newPath)
                #expect(before == nil || before == "original")
                #expect(after == nil || after == "original")
                #expect(before != nil || after != nil)
                // A copy that is whole may stand beside the original only if the process died in between.
                if kind == .once, faults.firstFailed != .remove { #expect(before == nil || after == nil) }
                if moved != nil { #expect(before == nil) }
                _ = try sweepAll(target)
                if target.exists(newPath) {
                    try OriginalFile.remove(newPath, below: target.path, durable: false)
                }
                if !faults.happened { break }
            }
        }
    }

    @Test("a death at any call of a note leaves no note or a whole one")
    func deathWhileNoting() throws {
        let note = FailureNote(
            file: "a.png", code: "broken", failureClass: .permanent, message: "it is broken", hint: "repair it")
        for nth in 1... {
            let folder = try TemporaryFolder()
            let faults = Faults(at: nth, .dead)
            _ = try? note.write(beside: "a.png", below: folder.path, durable: true, calls: faults.calls)
            if let text = folder.text("a.png.error.json") { #expect(Array(text.utf8) == note.json) }
            if !faults.happened { break }
        }
    }
}
