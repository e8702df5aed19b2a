import Glibc
import Synchronization
import SystemPackage

/// All results of one input, which appear under their names together or not at all.
///
/// Every result is first a file with a temporary name in the folder where it belongs. `commit()` flushes all of them to
/// the disk, and only then renames the first, so that a file under its final name is complete at every moment. If a
/// rename fails, those before it are taken back. A process that dies between two renames leaves the first results,
/// complete, and temporary files (`TemporaryFiles.sweep` removes them); when its input is processed again, results
/// that exist already with the same bytes count as published.
///
/// The root is opened once, and everything below it is reached from that descriptor, one component at a time and never
/// through a symbolic link. A root that is moved away or replaced meanwhile is noticed, and nothing is published.
///
/// A publication that goes away without `commit()` is abandoned.
public final class Publication: Sendable {
    /// The folder below which results are written.
    public let root: FilePath

    private let calls: FileCalls
    private let durable: Bool
    private let mode: mode_t
    private let claims: OutputClaims?
    private let owner: Int
    private let state: Mutex<State>

    private struct Folder {
        let path: FilePath
        let descriptor: Int32
        /// The longest name that its file system takes, in bytes.
        let nameLimit: Int
    }

    private struct Output {
        let folder: Int
        let name: FilePath.Component
        let temporary: FilePath.Component
        let policy: ConflictPolicy
        let identity: FileIdentity
        /// nil once closed.
        var descriptor: Int32?
    }

    private struct State {
        /// The root first.
        var folders: [Folder]
        var outputs: [Output] = []
        var hasEnded = false
    }

    /// - Parameters:
    ///   - root: the folder below which results go; it exists.
    ///   - durable: whether `commit()` flushes files and folders to the disk, so that a result survives a loss of
    ///     power from the moment of its publication on. Without it results are as complete for every reader, but a
    ///     loss of power may take them away; only for batches that can be run again.
    ///   - mode: permissions of new files, of which the umask takes its part away.
    ///   - claims: the claims of the run that this publication is part of; nil where an input may replace what another
    ///     one gave.
    ///   - owner: the number of the input in that run.
    /// - Throws: when the root cannot be opened.
    public convenience init(
        root: FilePath, durable: Bool = true, mode: UInt32 = 0o666, claims: OutputClaims? = nil, owner: Int = 0
    ) throws(OutboxError) {
        try self.init(root: root, durable: durable, mode: mode, claims: claims, owner: owner, calls: .system)
    }

    init(
        root: FilePath, durable: Bool, mode: UInt32 = 0o666, claims: OutputClaims? = nil, owner: Int = 0,
        calls: FileCalls
    ) throws(OutboxError) {
        self.root = root
        self.calls = calls
        self.durable = durable
        self.mode = mode_t(mode)
        self.claims = claims
        self.owner = owner
        do {
            let descriptor = try calls.openFolder(root)
            state = Mutex(State(folders: [Self.folder(FilePath(), descriptor)]))
        } catch {
            throw OutboxError(.openFolder, root, .system(error))
        }
    }

    deinit { abandon() }

    private static func folder(_ path: FilePath, _ descriptor: Int32) -> Folder {
        let limit = fpathconf(descriptor, Int32(_PC_NAME_MAX))
        return Folder(path: path, descriptor: descriptor, nameLimit: limit > 0 ? limit : 255)
    }

    // MARK: Writing

    /// Opens a new file for one result.
    ///
    /// - Parameters:
    ///   - path: the result's name below the root; folders in it are created.
    ///   - policy: what to do when the name is taken, now or at `commit()`.
    /// - Returns: a descriptor, open for reading and writing, that belongs to the publication: write to it, do not
    ///   close it. Nil with the policy `skip` when the name is taken already, so that the work can be spared.
    public func create(_ path: FilePath, onConflict policy: ConflictPolicy) throws(OutboxError) -> Int32? {
        try state.withLock { (state) throws(OutboxError) -> Int32? in
            guard !state.hasEnded else { throw OutboxError(.create, root.appending(path.components), .alreadyEnded) }
            guard path.root == nil, let name = path.lastComponent, path.components.allSatisfy({ $0.kind == .regular })
            else { throw OutboxError(.create, path, .pathLeavesFolder) }

            let folder = try openFolder(path.removingLastComponent(), &state)
            let limit = state.folders[folder].nameLimit
            guard length(of: name) <= limit else {
                throw OutboxError(.create, full(path), .nameTooLong(bytes: length(of: name), allowed: limit))
            }
            if !(try claim(path, policy, state)) { return nil }
            return try system(.create, path) { () throws(Errno) -> Int32? in
                let descriptor = state.folders[folder].descriptor
                if policy == .skip, try calls.status(name, in: descriptor) != nil { return nil }
                let temporary = TemporaryName.next().component
                let file = try calls.create(temporary, in: descriptor, mode: mode)
                do throws(Errno) {
                    let identity = FileIdentity(try calls.status(file))
                    state.outputs.append(
                        Output(
                            folder: folder, name: name, temporary: temporary, policy: policy, identity: identity,
                            descriptor: file))
                    return file
                } catch {
                    try? calls.close(file)
                    try? calls.remove(temporary, in: descriptor)
                    throw error
                }
            }
        }
    }

    /// Whether this input may use `path`; false means that it is to be skipped.
    private func claim(_ path: FilePath, _ policy: ConflictPolicy, _ state: State) throws(OutboxError) -> Bool {
        guard let claims, policy != .number else { return true }
        let identity = try system(.create, path) { () throws(Errno) in
            FileIdentity(try calls.status(state.folders[0].descriptor))
        }
        if claims.claim(path, below: identity, for: owner) { return true }
        if policy == .skip { return false }
        throw OutboxError(.create, full(path), .claimedByOtherInput)
    }

    /// The index of the folder `path` below the root, which is created where it does not exist.
    private func openFolder(_ path: FilePath, _ state: inout State) throws(OutboxError) -> Int {
        if let index = state.folders.firstIndex(where: { $0.path == path }) { return index }
        guard let name = path.lastComponent else { return 0 }
        let parent = try openFolder(path.removingLastComponent(), &state)
        let limit = state.folders[parent].nameLimit
        guard length(of: name) <= limit else {
            throw OutboxError(.createFolder, full(path), .nameTooLong(bytes: length(of: name), allowed: limit))
        }
        let above = state.folders[parent].descriptor
        let descriptor: Int32
        do {
            descriptor = try calls.openFolder(name, in: above)
        } catch .noSuchFileOrDirectory {
            descriptor = try system(.createFolder, path) { () throws(Errno) in
                do throws(Errno) {
                    try calls.makeFolder(name, in: above)
                } catch .fileExists {
                    // Another publication was faster.
                }
                if durable { try calls.flushFolder(above) }
                return try calls.openFolder(name, in: above)
            }
        } catch {
            throw OutboxError(.openFolder, full(path), .system(error))
        }
        state.folders.append(Self.folder(path, descriptor))
        return state.folders.count - 1
    }

    // MARK: The end

    /// Publishes every result; returns when they are safe.
    ///
    /// - Returns: what became of each result, in the order of `create`.
    /// - Throws: the first failure. Nothing is published then, as far as the file system lets that be undone: what a
    ///   result has replaced is put back where the file system can exchange two names.
    public func commit() throws(OutboxError) -> [PublishedFile] {
        try state.withLock { (state) throws(OutboxError) -> [PublishedFile] in
            guard !state.hasEnded else { throw OutboxError(.publish, root, .alreadyEnded) }
            defer { end(&state) }
            try flushAndClose(&state)
            try verifyRoot(state)
            try verifyNames(state)

            var steps: [Step] = []
            do throws(OutboxError) {
                for output in state.outputs { steps.append(try publish(output, state)) }
                if durable { try flushFolders(state) }
            } catch {
                for step in steps.reversed() { undo(step, state) }
                throw error
            }
            for step in steps { if case .exchanged = step.change { removeTemporary(step.output, state) } }
            return steps.map(\.result)
        }
    }

    /// Removes the temporary files; nothing is published. Does nothing after `commit()`.
    public func abandon() {
        state.withLock { end(&$0) }
    }

    private func end(_ state: inout State) {
        guard !state.hasEnded else { return }
        state.hasEnded = true
        for output in state.outputs {
            if let descriptor = output.descriptor { try? calls.close(descriptor) }
            removeTemporary(output, state)
        }
        for folder in state.folders.reversed() { try? calls.close(folder.descriptor) }
        state.folders = []
        state.outputs = []
    }

    /// A temporary file that cannot be removed, or was renamed, is left: the next sweep looks again.
    private func removeTemporary(_ output: Output, _ state: State) {
        try? calls.remove(output.temporary, in: state.folders[output.folder].descriptor)
    }

    // MARK: The steps of commit

    /// Flushes all results before the first is renamed, so that a full disk shows while nothing is published.
    private func flushAndClose(_ state: inout State) throws(OutboxError) {
        for index in state.outputs.indices {
            guard let descriptor = state.outputs[index].descriptor else { continue }
            let path = self.path(of: state.outputs[index], state)
            if durable { try system(.flush, path) { () throws(Errno) in try calls.flush(descriptor) } }
            state.outputs[index].descriptor = nil
            try system(.close, path) { () throws(Errno) in try calls.close(descriptor) }
        }
    }

    private func verifyRoot(_ state: State) throws(OutboxError) {
        do {
            let opened = FileIdentity(try calls.status(state.folders[0].descriptor))
            if FileIdentity(try calls.status(root)) == opened { return }
        } catch .noSuchFileOrDirectory, .notDirectory {
        } catch {
            throw OutboxError(.openFolder, root, .system(error))
        }
        throw OutboxError(.publish, root, .folderReplaced)
    }

    /// Finds the names that are taken before anything is renamed; a name that is taken later is found by the rename.
    private func verifyNames(_ state: State) throws(OutboxError) {
        for output in state.outputs where output.policy == .fail {
            let folder = state.folders[output.folder].descriptor
            let path = self.path(of: output, state)
            let isTaken = try system(.publish, path) { () throws(Errno) -> Bool in
                if try calls.status(output.name, in: folder) == nil { return false }
                return try !isIdentical(output.name, output, folder)
            }
            if isTaken { throw OutboxError(.publish, full(path), .nameTaken) }
        }
    }

    /// How to undo a rename.
    private enum Change {
        case nothing
        case created(FilePath.Component)
        case exchanged
        /// The old file is gone.
        case overwritten
    }

    private struct Step {
        let output: Output
        let change: Change
        let result: PublishedFile
    }

<<<<<<< HEAD
    private func publish(_ output: Output, _ state: State) throws(OutboxError) -> Step {
        let folder = state.folders[output.folder]
        let requested = path(of: output, state)

        func step(_ change: Change, _ disposition: PublishedFile.Disposition, as name: FilePath.Component) -> Step {
            Step(
                output: output, change: change,
                result: PublishedFile(
                    requested: requested, path: folder.path.appending(name), disposition: disposition))
        }

        return try system(.publish, requested) { () throws(Errno) -> Step? in
=======
    /// More than publications that are under way at the same time.
    private static let numbersLookedBack = 128

    private func publish(
        _ output: Output, below root: FileIdentity, mayNeedUndo: Bool
    ) throws(OutboxError) -> Step {
        do {
>>>>>>> 1db4d5c (Find free numbers fast; name the version of an original; write the decisions down)
            switch output.policy {
            case .replace:
                return try replace(output, folder.descriptor, mayNeedUndo: state.outputs.count > 1, step)
            case .fail, .skip:
<<<<<<< HEAD
                if try moveIntoPlace(output, as: output.name, folder.descriptor) {
                    return step(.created(output.name), .created, as: output.name)
                }
                if try isIdentical(output.name, output, folder.descriptor) {
                    return step(.nothing, .identical, as: output.name)
                }
                return output.policy == .skip ? step(.nothing, .skipped, as: output.name) : nil
            case .number:
                let root = FileIdentity(try calls.status(state.folders[0].descriptor))
                for number in 1...NumberedName.last {
                    let name = NumberedName.numbered(output.name, number, limit: folder.nameLimit)
                    if let claims, !claims.claim(folder.path.appending(name), below: root, for: owner) { continue }
                    if try moveIntoPlace(output, as: name, folder.descriptor) {
                        return step(.created(name), number == 1 ? .created : .numbered, as: name)
                    }
                    if try isIdentical(name, output, folder.descriptor) { return step(.nothing, .identical, as: name) }
                }
                return nil
=======
                if let step = try takeName(output.name, output, .created) { return step }
                if output.policy == .skip { return Step(output, .nothing, .skipped, as: output.name) }
            case .number:
                // A try that died may have left the same result under a number that another one has passed since.
                let search = NumberSearch(calls: calls, name: output.name, folder: output.folder)
                let step = try search.first(lookingBack: Self.numbersLookedBack) { (name) throws(Errno) -> Step? in
                    let path = output.folder.path.appending(name)
                    if let claims, !claims.claim(path, below: root, for: owner) { return nil }
                    return try takeName(name, output, name == output.name ? .created : .numbered)
                }
                if let step { return step }
>>>>>>> 1db4d5c (Find free numbers fast; name the version of an original; write the decisions down)
            }
        } orThrow: {
            OutboxError(
                .publish, full(requested),
                output.policy == .number ? .everyNumberTaken(upTo: NumberedName.last) : .nameTaken)
        }
    }

    private func moveIntoPlace(
        _ output: Output, as name: FilePath.Component, _ folder: Int32
    ) throws(Errno) -> Bool {
        try calls.renameUnlessTaken(output.temporary, in: folder, to: name, in: folder)
    }

    /// Replaces by exchange where several results have to appear together: the old file then has the temporary name,
    /// and can be put back.
    private func replace(
        _ output: Output, _ folder: Int32, mayNeedUndo: Bool,
        _ step: (Change, PublishedFile.Disposition, FilePath.Component) -> Step
    ) throws(Errno) -> Step {
        if try moveIntoPlace(output, as: output.name, folder) {
            return step(.created(output.name), .created, output.name)
        }
        if let old = try calls.status(output.name, in: folder), old.st_mode & S_IFMT == S_IFDIR { throw .isDirectory }
        if mayNeedUndo {
            do throws(Errno) {
                try calls.exchange(output.temporary, output.name, in: folder)
                return step(.exchanged, .replaced, output.name)
            } catch .invalidArgument, .noFunction, .notSupported, .noSuchFileOrDirectory {
            }
        }
        try calls.rename(output.temporary, in: folder, to: output.name, in: folder)
        return step(.overwritten, .replaced, output.name)
    }

    private func undo(_ step: Step, _ state: State) {
        let folder = state.folders[step.output.folder].descriptor
        switch step.change {
        case .nothing, .overwritten:
            break
        case .created(let name):
            // Only what this publication put there.
            guard let status = try? calls.status(name, in: folder), FileIdentity(status) == step.output.identity else {
                return
            }
            try? calls.remove(name, in: folder)
        case .exchanged:
            try? calls.exchange(step.output.temporary, step.output.name, in: folder)
        }
    }

    private func flushFolders(_ state: State) throws(OutboxError) {
        for index in Set(state.outputs.map(\.folder)).sorted() {
            let folder = state.folders[index]
            try system(.flush, folder.path) { () throws(Errno) in try calls.flushFolder(folder.descriptor) }
        }
    }

    /// Whether the file called `name` has the very bytes of the result, and is as safe as the result would be.
    private func isIdentical(_ name: FilePath.Component, _ output: Output, _ folder: Int32) throws(Errno) -> Bool {
        try FileComparison(calls: calls, flushesFirst: durable).isSame(name, as: output.temporary, in: folder)
    }

    // MARK: Paths and errors

    private func path(of output: Output, _ state: State) -> FilePath {
        state.folders[output.folder].path.appending(output.name)
    }

    private func full(_ path: FilePath) -> FilePath { root.appending(path.components) }

    private func length(of name: FilePath.Component) -> Int { PrintableName.bytes(of: name).count }

    private func system<Value>(
        _ operation: OutboxError.Operation, _ path: FilePath, _ body: () throws(Errno) -> Value
    ) throws(OutboxError) -> Value {
        do { return try body() } catch { throw OutboxError(operation, full(path), .system(error)) }
    }

    private func system<Value>(
        _ operation: OutboxError.Operation, _ path: FilePath, _ body: () throws(Errno) -> Value?,
        orThrow failure: () -> OutboxError
    ) throws(OutboxError) -> Value {
        guard let value = try system(operation, path, body) else { throw failure() }
        return value
    }
}
