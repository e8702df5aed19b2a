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

    private struct Output {
        let folder: FolderTree.Folder
        let name: FilePath.Component
        let temporary: FilePath.Component
        let policy: ConflictPolicy
        let identity: FileIdentity
        /// nil once closed.
        var descriptor: Int32?

        /// Below the root.
        var path: FilePath { folder.path.appending(name) }
    }

    /// A new file under its temporary name.
    private struct NewFile {
        let temporary: FilePath.Component
        let identity: FileIdentity
        let descriptor: Int32
    }

    private struct State {
        var folders: FolderTree
        var outputs: [Output] = []
        /// In the root, until they get a name.
        var unnamed: [NewFile] = []
        /// What `renameAll` has done.
        var steps: [Step] = []
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
        state = Mutex(State(folders: try FolderTree(root: root, durable: durable, calls: calls)))
    }

    deinit { abandon() }

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
            guard !state.hasEnded else { throw OutboxError(.create, path, .alreadyEnded) }
            let name = try state.folders.name(of: path, .create)
            let folder = try state.folders.parent(of: path, creating: true, .create)
            if !(try claim(path, policy, state.folders)) { return nil }
            do throws(Errno) {
                if policy == .skip, try calls.status(name, in: folder.descriptor) != nil { return nil }
                let file = try newFile(in: folder)
                state.outputs.append(
                    Output(
                        folder: folder, name: name, temporary: file.temporary, policy: policy,
                        identity: file.identity, descriptor: file.descriptor))
                return file.descriptor
            } catch {
                throw OutboxError(.create, full(path), .system(error))
            }
        }
    }

    /// Opens a new file for a result whose name is not known yet; without `name` it is never published.
    ///
    /// - Returns: a descriptor, as `create` gives it.
    public func createUnnamed() throws(OutboxError) -> Int32 {
        try state.withLock { (state) throws(OutboxError) -> Int32 in
            guard !state.hasEnded else { throw OutboxError(.create, root, .alreadyEnded) }
            do throws(Errno) {
                let file = try newFile(in: state.folders.top)
                state.unnamed.append(file)
                return file.descriptor
            } catch {
                throw OutboxError(.create, root, .system(error))
            }
        }
    }

    /// Gives a result of `createUnnamed` its name; from then on it is like one of `create`.
    ///
    /// - Returns: false with the policy `skip` when the name is taken already; the result is then left out.
    /// - Throws: also where the folder lies on another file system than the root.
    public func name(
        _ descriptor: Int32, _ path: FilePath, onConflict policy: ConflictPolicy
    ) throws(OutboxError) -> Bool {
        try state.withLock { (state) throws(OutboxError) -> Bool in
            guard !state.hasEnded else { throw OutboxError(.create, path, .alreadyEnded) }
            guard let index = state.unnamed.firstIndex(where: { $0.descriptor == descriptor }) else {
                preconditionFailure("only a result without a name is given one")
            }
            let name = try state.folders.name(of: path, .create)
            let folder = try state.folders.parent(of: path, creating: true, .create)
            let isClaimed = try claim(path, policy, state.folders)
            do throws(Errno) {
                var isSkipped = !isClaimed
                if policy == .skip, try calls.status(name, in: folder.descriptor) != nil { isSkipped = true }
                let file = state.unnamed[index]
                if isSkipped {
                    state.unnamed.remove(at: index)
                    remove(file, state.folders)
                    return false
                }
                let isMoved = try calls.renameUnlessTaken(
                    file.temporary, in: state.folders.top.descriptor, to: file.temporary, in: folder.descriptor)
                // Temporary names are never given twice.
                guard isMoved || folder.path.isEmpty else { throw .fileExists }
                state.unnamed.remove(at: index)
                state.outputs.append(
                    Output(
                        folder: folder, name: name, temporary: file.temporary, policy: policy,
                        identity: file.identity, descriptor: descriptor))
                return true
            } catch {
                throw OutboxError(.create, full(path), .system(error))
            }
        }
    }

    private func newFile(in folder: FolderTree.Folder) throws(Errno) -> NewFile {
        let temporary = TemporaryName.next().component
        let file = try calls.create(temporary, in: folder.descriptor, mode: mode)
        do throws(Errno) {
            let identity = FileIdentity(try calls.status(file))
            return NewFile(temporary: temporary, identity: identity, descriptor: file)
        } catch {
            try? calls.close(file)
            try? calls.remove(temporary, in: folder.descriptor)
            throw error
        }
    }

    private func remove(_ file: NewFile, _ folders: FolderTree) {
        try? calls.close(file.descriptor)
        try? calls.remove(file.temporary, in: folders.top.descriptor)
    }

    /// Whether this input may use `path`; false means that it is to be skipped. Numbered names are claimed when their
    /// number is known.
    private func claim(
        _ path: FilePath, _ policy: ConflictPolicy, _ folders: FolderTree
    ) throws(OutboxError) -> Bool {
        guard let claims, policy != .number else { return true }
        if claims.claim(path, below: try folders.identity(), for: owner) { return true }
        if policy == .skip { return false }
        throw OutboxError(.create, full(path), .claimedByOtherInput)
    }

    // MARK: The end

    /// Publishes every result; returns when they are safe.
    ///
    /// - Returns: what became of each result, in the order of `create`.
    /// - Throws: the first failure. Nothing is published then, as far as the file system lets that be undone: what a
    ///   result has replaced is put back where the file system can exchange two names.
    public func commit() throws(OutboxError) -> [PublishedFile] {
        try Self.commit([self])[0].get()
    }

    /// Publishes several inputs' results as `commit()` does, each input's by themselves, and shares the flushes: all
    /// files are on their way to the disk before the first is waited for, and a folder is flushed once for all that
    /// were renamed in it. Returns when everything that succeeded is safe.
    ///
    /// - Returns: what became of each publication, in the order of `group`.
    public static func commit(_ group: [Publication]) -> [Result<[PublishedFile], OutboxError>] {
        if group.count > 1 { for publication in group { publication.startFlushing() } }
        var failures = [OutboxError?](repeating: nil, count: group.count)
        for (index, publication) in group.enumerated() { failures[index] = publication.flushAndClose() }
        for (index, publication) in group.enumerated() where failures[index] == nil {
            failures[index] = publication.renameAll()
        }
        var folders = FlushedFolders()
        return group.enumerated().map { index, publication in
            publication.conclude(failures[index], &folders)
        }
    }

    /// Removes the temporary files; nothing is published. Does nothing after `commit()`.
    public func abandon() {
        state.withLock { end(&$0) }
    }

    /// Whatever has a temporary name goes: results that were not published, and files that were exchanged for one. What
    /// cannot be removed is left for the next sweep.
    private func end(_ state: inout State) {
        guard !state.hasEnded else { return }
        state.hasEnded = true
        for output in state.outputs {
            if let descriptor = output.descriptor { try? calls.close(descriptor) }
            try? calls.remove(output.temporary, in: output.folder.descriptor)
        }
        for file in state.unnamed { remove(file, state.folders) }
        state.folders.close()
        state.outputs = []
        state.unnamed = []
        state.steps = []
    }

    // MARK: The steps of commit

    /// Lets the disk begin; what goes wrong shows when `flushAndClose` waits for it.
    private func startFlushing() {
        guard durable else { return }
        state.withLock { state in
            for case let descriptor? in state.outputs.map(\.descriptor) { calls.startFlush(descriptor) }
        }
    }

    /// Flushes all results before the first is renamed, so that a full disk shows while nothing is published.
    private func flushAndClose() -> OutboxError? {
        state.withLock { state -> OutboxError? in
            guard !state.hasEnded else { return OutboxError(.publish, root, .alreadyEnded) }
            do throws(OutboxError) {
                try flushAndClose(&state)
                return nil
            } catch {
                return error
            }
        }
    }

    private func flushAndClose(_ state: inout State) throws(OutboxError) {
        for index in state.outputs.indices {
            guard let descriptor = state.outputs[index].descriptor else { continue }
            let path = full(state.outputs[index].path)
            if durable {
                do { try calls.flush(descriptor) } catch { throw OutboxError(.flush, path, .system(error)) }
            }
            state.outputs[index].descriptor = nil
            do { try calls.close(descriptor) } catch { throw OutboxError(.close, path, .system(error)) }
        }
    }

    private func renameAll() -> OutboxError? {
        state.withLock { state -> OutboxError? in
            do throws(OutboxError) {
                try state.folders.verifyRoot()
                let identity = try state.folders.identity()
                try verifyNames(state)
                for output in state.outputs {
                    state.steps.append(try publish(output, below: identity, mayNeedUndo: state.outputs.count > 1))
                }
                return nil
            } catch {
                return error
            }
        }
    }

    /// Flushes the folders, or takes the renames back.
    private func conclude(
        _ failure: OutboxError?, _ flushed: inout FlushedFolders
    ) -> Result<[PublishedFile], OutboxError> {
        state.withLock { state in
            defer { end(&state) }
            do throws(OutboxError) {
                if let failure { throw failure }
                if durable { try flushFolders(state, &flushed) }
                return .success(state.steps.map(\.result))
            } catch {
                for step in state.steps.reversed() { undo(step) }
                return .failure(error)
            }
        }
    }

    /// Finds the names that are taken before anything is renamed; a name that is taken later is found by the rename.
    private func verifyNames(_ state: State) throws(OutboxError) {
        for output in state.outputs where output.policy == .fail {
            do {
                if try calls.status(output.name, in: output.folder.descriptor) == nil { continue }
                if try isIdentical(output.name, output) { continue }
            } catch {
                throw OutboxError(.publish, full(output.path), .system(error))
            }
            throw OutboxError(.publish, full(output.path), .nameTaken)
        }
    }

    /// How to undo a rename.
    private enum Change {
        case nothing
        case created(FilePath.Component)
        /// The old file has the temporary name now.
        case exchanged
        /// The old file is gone.
        case overwritten
    }

    private struct Step {
        let output: Output
        let change: Change
        let result: PublishedFile

        init(
            _ output: Output, _ change: Change, _ disposition: PublishedFile.Disposition, as name: FilePath.Component
        ) {
            self.output = output
            self.change = change
            result = PublishedFile(
                requested: output.path, path: output.folder.path.appending(name), disposition: disposition)
        }
    }

    /// More than publications that are under way at the same time.
    private static let numbersLookedBack = 128

    private func publish(
        _ output: Output, below root: FileIdentity, mayNeedUndo: Bool
    ) throws(OutboxError) -> Step {
        do {
            switch output.policy {
            case .replace: return try replace(output, mayNeedUndo: mayNeedUndo)
            case .fail, .skip:
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
            }
        } catch {
            throw OutboxError(.publish, full(output.path), .system(error))
        }
        throw OutboxError(
            .publish, full(output.path),
            output.policy == .number ? .everyNumberTaken(upTo: NumberedName.last) : .nameTaken)
    }

    /// Gives the result a name if it is free, or if the file there has the same bytes; nil when another file has it.
    private func takeName(
        _ name: FilePath.Component, _ output: Output, _ disposition: PublishedFile.Disposition
    ) throws(Errno) -> Step? {
        let folder = output.folder.descriptor
        if try calls.renameUnlessTaken(output.temporary, in: folder, to: name, in: folder) {
            return Step(output, .created(name), disposition, as: name)
        }
        return try isIdentical(name, output) ? Step(output, .nothing, .identical, as: name) : nil
    }

    /// Replaces by exchange where several results have to appear together: the old file then has the temporary name,
    /// and can be put back.
    private func replace(_ output: Output, mayNeedUndo: Bool) throws(Errno) -> Step {
        let folder = output.folder.descriptor
        if try calls.renameUnlessTaken(output.temporary, in: folder, to: output.name, in: folder) {
            return Step(output, .created(output.name), .created, as: output.name)
        }
        if let old = try calls.status(output.name, in: folder), old.st_mode & S_IFMT == S_IFDIR { throw .isDirectory }
        if mayNeedUndo {
            do {
                try calls.exchange(output.temporary, output.name, in: folder)
                return Step(output, .exchanged, .replaced, as: output.name)
            } catch .invalidArgument, .noFunction, .notSupported, .noSuchFileOrDirectory {
            }
        }
        try calls.rename(output.temporary, in: folder, to: output.name, in: folder)
        return Step(output, .overwritten, .replaced, as: output.name)
    }

    private func undo(_ step: Step) {
        let folder = step.output.folder.descriptor
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

    /// Which folders a group has flushed, and how that went. A failure is final: the folder is not asked again.
    private struct FlushedFolders {
        var outcomes: [FileIdentity: OutboxError?] = [:]
    }

    private func flushFolders(_ state: State, _ flushed: inout FlushedFolders) throws(OutboxError) {
        var own: Set<Int32> = []
        for output in state.outputs where own.insert(output.folder.descriptor).inserted {
            let identity = FileIdentity(try folderStatus(output.folder))
            if let earlier = flushed.outcomes[identity] {
                if let earlier { throw earlier }
                continue
            }
            do throws(OutboxError) {
                try state.folders.flush(output.folder)
                flushed.outcomes[identity] = .some(nil)
            } catch {
                flushed.outcomes[identity] = error
                throw error
            }
        }
    }

    private func folderStatus(_ folder: FolderTree.Folder) throws(OutboxError) -> stat {
        do {
            return try calls.status(folder.descriptor)
        } catch {
            throw OutboxError(.flush, full(folder.path), .system(error))
        }
    }

    /// Whether the file called `name` has the very bytes of the result, and is as safe as the result would be.
    private func isIdentical(_ name: FilePath.Component, _ output: Output) throws(Errno) -> Bool {
        try FileComparison(calls: calls, flushesFirst: durable)
            .isSame(name, as: output.temporary, in: output.folder.descriptor)
    }

    private func full(_ path: FilePath) -> FilePath { root.appending(path.components) }
}
