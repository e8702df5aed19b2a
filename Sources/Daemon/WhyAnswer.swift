import Glibc
import Intake
import Outbox
import Specification
import SystemPackage

/// Why a file is not processed (or that it was), as facts that a person can act on.
public struct WhyAnswer: Sendable, Equatable {
    /// A stable kebab-case name of the cause.
    public let code: String
    public let text: String

    init(_ code: String, _ text: String) {
        self.code = code
        self.text = text
    }
}

/// What is known about a path when the question is asked.
struct WhyFacts: Sendable {
    /// The path as it was asked for, for messages.
    var asked: String
    /// The folder whose `in` holds the path; nil when none does.
    var folder: ServiceFolder?
    /// Relative to the folder's `in`.
    var path = FilePath()
    /// What the path is for the service itself: `out`, `done`, `failed` or `state`; then `entry` is of the file that
    /// the path came from.
    var ownRole: String?
    var isFolder = false
    /// What a look finds; nil when the folder cannot be opened.
    var look: Look?
    var entry: LedgerEntry?
    var live: ServiceView.Live?
    var liveFolder: ServiceView.Live.Folder?
    /// Milliseconds since 1970.
    var now: Int64 = 0

    var answer: WhyAnswer {
        guard let folder else { return outside }
        if let answer = byName(folder) { return answer }
        guard let look else {
            return WhyAnswer("folder-missing", "\(folder.input.string) cannot be opened: the service waits for it")
        }
        switch look {
        case .vanished: return byHistory
        case .ignored(_, let reason): return WhyAnswer(reason.code, "\(asked) \(reason)")
        case .unreadable(_, let error):
            return WhyAnswer(
                "unreadable",
                "\(asked) cannot be read: \(error); it is tried again as soon as its permissions change, and every minute"
            )
        case .file(let identity, let isWhole, let writer): return byState(folder, identity, isWhole, writer)
        }
    }

    private var outside: WhyAnswer {
        if let ownRole {
            if let entry, ownRole == "out" {
                let source = PrintableName.escaped(entry.folder.appending(entry.path.components))
                return WhyAnswer("result", "\(asked) is the result of \(source)")
            }
            if entry != nil { return byHistory }
            return WhyAnswer(
                "own-folder", "\(asked) lies in \(ownRole), where svertka puts files itself; drop it into in")
        }
        return WhyAnswer("not-watched", "\(asked) lies in no folder that the configuration watches")
    }

    /// What the name alone decides.
    private func byName(_ folder: ServiceFolder) -> WhyAnswer? {
        if isFolder { return ofFolder(folder) }
        if path.components.count > FolderWatcher.depthLimit + 1 {
            let reason = IgnoredReason.tooDeep(limit: FolderWatcher.depthLimit)
            return WhyAnswer(reason.code, "\(asked) \(reason)")
        }
        if case .excluded(let pattern, let excluded) = folder.filter.decision(forFile: path.bytes) {
            let name = PrintableName.escaped(excluded)
            return WhyAnswer("excluded", "\(asked) is excluded: the pattern “\(pattern)” of exclude matches \(name)")
        }
        switch folder.matcher.refusal(of: path) {
        case .notIncluded?:
            let patterns = folder.filter.include.map { "“\($0.pattern)”" }.joined(separator: ", ")
            return WhyAnswer("not-included", "\(asked) matches no pattern of include: \(patterns)")
        case .some(let reason): return WhyAnswer(reason.code, "\(asked) \(reason)")
        case nil: break
        }
        return nil
    }

    /// The path is a folder that lies in the watched one, or that one itself.
    private func ofFolder(_ folder: ServiceFolder) -> WhyAnswer {
        var refusal = path.isEmpty ? nil : folder.matcher.refusal(ofFolder: path)
        if refusal == nil, path.components.count > FolderWatcher.depthLimit {
            refusal = .tooDeep(limit: FolderWatcher.depthLimit)
        }
        if let refusal { return WhyAnswer(refusal.code, "\(asked) \(refusal)") }
        return WhyAnswer("folder", "\(asked) is a folder; the files in it are taken one by one: ask about one of them")
    }

    /// There is no such file (any more).
    private var byHistory: WhyAnswer {
        guard let entry else {
            return WhyAnswer("no-such-file", "\(asked) does not exist, and no file of this name was seen")
        }
        switch entry.state {
        case .done:
            let outputs = entry.outputs.map { PrintableName.escaped($0) }.joined(separator: ", ")
            let place = entry.movedTo.map { "; the original is \(PrintableName.escaped($0))" } ?? ""
            return WhyAnswer("done", "\(asked) was done: \(outputs.isEmpty ? "no outputs" : outputs)\(place)")
        case .failed:
            let place = entry.movedTo.map { "; it is \(PrintableName.escaped($0)) now, with a note beside it" } ?? ""
            return WhyAnswer("failed", "\(asked) failed: \(entry.reason ?? "for an unknown reason")\(place)")
        case .waiting, .working, .ignored:
            return WhyAnswer("vanished", "\(asked) was seen, and was gone before it could be processed")
        }
    }

    private func byState(
        _ folder: ServiceFolder, _ identity: FileIdentity, _ isWhole: Bool, _ writer: Look.Writer
    ) -> WhyAnswer {
        let isCurrent = entry?.identity == identity
        if let entry, isCurrent, entry.state == .done, entry.place == .leaving {
            let cause = liveFolder?.paused.map { ": \($0)" } ?? ", or the service ended just then"
            return WhyAnswer("done-not-moved", "\(asked) was done, but could not be put away yet\(cause)")
        }
        if let entry, isCurrent, entry.state == .done {
            return WhyAnswer("done-kept", "\(asked) was done, and originals are kept: it is not done twice")
        }
        if let entry, isCurrent, entry.state == .failed {
            return WhyAnswer("failed-kept", "\(asked) failed: \(entry.reason ?? ""); svertka retry tries it again")
        }
        guard let live else {
            return WhyAnswer("not-running", "the service does not run; start it, or run svertka once")
        }
        if let fault = live.ledgerFault { return WhyAnswer("ledger", "the service waits: \(fault)") }
        guard let liveFolder else {
            return WhyAnswer(
                "not-reloaded",
                "the running service has not taken over this folder; its configuration may be refused: "
                    + (live.configurationFault ?? "see svertka status"))
        }
        if liveFolder.isMissing {
            return WhyAnswer("folder-missing", "the service waits for the folder \(folder.input.string)")
        }
        if let seconds = live.inWork[PrintableName.escaped(folder.input.appending(path.components))] {
            return WhyAnswer("in-work", "\(asked) is in work for \(seconds) s")
        }
        if let entry, isCurrent, entry.state == .waiting, let code = entry.code, code != "interrupted" {
            let next = NextTry.text(entry.retryAt, now: now).map { " \($0)" } ?? ""
            return WhyAnswer(
                "retried", "\(asked) is tried again\(next), after try \(entry.attempts): \(entry.reason ?? code)")
        }
        if let reason = liveFolder.paused {
            let next = NextTry.text(liveFolder.retryAt, now: now).map { "; it is tried again \($0)" } ?? ""
            return WhyAnswer("paused", "the folder is paused: \(reason)\(next)")
        }
        if writer == .open {
            return WhyAnswer(
                "being-written", "\(asked) is still open for writing; it is taken when its writer closes it")
        }
        if !liveFolder.isScanned { return WhyAnswer("being-scanned", "the folder is being scanned for the first time") }
        guard entry != nil else {
            return WhyAnswer(
                "not-seen",
                liveFolder.polled.isEmpty
                    ? "\(asked) has not been seen yet; the next scan of the folder comes within a minute or so"
                    : "\(asked) has not been seen yet; the folder is polled: \(liveFolder.polled.joined(separator: "; "))"
            )
        }
        if !isCurrent || liveFolder.ready == 0 {
            return WhyAnswer(
                "settling",
                isWhole
                    ? "\(asked) is new or has just changed; it is taken when it has not changed for \(folder.settle)"
                    : "\(asked) does not end as a whole picture does; it is taken when it has not changed for \(folder.settle)"
            )
        }
        return WhyAnswer("waiting", "\(asked) waits for its turn among \(liveFolder.ready) files of its folder")
    }
}

extension ServiceView {
    /// Answers why the file at a path is not processed.
    public func why(_ path: FilePath) throws(Failure) -> (answer: WhyAnswer, history: [LedgerEntry]) {
        var facts = WhyFacts(asked: PrintableName.escaped(path))
        facts.now = Ledger.now()
        facts.live = live
        let absolute = Self.absolute(path)
        for folder in layout.folders {
            var relative = absolute
            guard relative.removePrefix(Self.absolute(folder.input)) else { continue }
            facts.folder = folder
            facts.path = relative
            facts.liveFolder = live?.folders[PrintableName.escaped(folder.input)]
        }
        guard let folder = facts.folder else {
            let own = layout.folders.flatMap(\.targets) + [FolderRole(name: "state", path: layout.state)]
            let role = own.first { absolute.starts(with: Self.absolute($0.path)) }
            facts.ownRole = role?.name
            if let role { facts.entry = try source(of: absolute, role) }
            return (facts.answer, facts.entry.map { [$0] } ?? [])
        }
        facts.isFolder = Self.isFolder(absolute)
        facts.look = try? DroppedFile.look(at: facts.path, in: folder.input, matcher: folder.matcher)
        var history: [LedgerEntry] = []
        do {
            history = try ledger?.entries(for: facts.path, in: folder.input) ?? []
        } catch {
            throw Failure(end: .environment, description: "\(error)")
        }
        facts.entry = history.first
        return (facts.answer, history)
    }

    /// The file that a path in one of the service's own folders came from.
    private func source(of path: FilePath, _ role: FolderRole) throws(Failure) -> LedgerEntry? {
        var relative = path
        // The ledger has paths as the configuration spells them.
        guard let ledger, relative.removePrefix(Self.absolute(role.path)), !relative.isEmpty else { return nil }
        let place = role.path.appending(relative.components)
        do {
            if role.name != "out" { return try ledger.entry(movedTo: place) }
            guard let (folder, path) = try ledger.owner(of: place) else { return nil }
            return try ledger.entries(for: path, in: folder, limit: 1).first
        } catch {
            throw Failure(end: .environment, description: "\(error)")
        }
    }

    private static func isFolder(_ path: FilePath) -> Bool {
        var status = stat()
        return path.withPlatformString { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The path without links in its folder; its last component may be one, or be missing.
    private static func absolute(_ path: FilePath) -> FilePath {
        var folder = path.removingLastComponent()
        if folder.isEmpty { folder = "." }
        guard let real = folder.withPlatformString({ realpath($0, nil) }) else { return path.lexicallyNormalized() }
        defer { free(real) }
        guard let name = path.lastComponent else { return FilePath(platformString: real) }
        return FilePath(platformString: real).appending(name).lexicallyNormalized()
    }
}
