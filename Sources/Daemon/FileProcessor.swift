import Codecs
import Dataflow
import Glibc
import Intake
import Outbox
import Pipelines
import Scheduling
import Specification
import SystemPackage

/// What became of one try of one file.
enum FileEnd: Sendable {
    /// The results are durable and recorded; the original is where the configuration wants it.
    case done(FileKey, Originals.Fate)
    /// The same result existed already.
    case doneBefore(FileKey, Originals.Fate)
    case failed(FileKey, FileFailure, Originals.Fate)
    /// It may succeed later.
    case postponed(FileKey, FileFailure)
    /// It changed under the reader.
    case changed(FileKey)
    case vanished(FileKey)
    /// The process died over this content before: it has to run alone.
    case suspect(ReadyFile)
    /// The service stops.
    case abandoned(FileKey)
}

/// A file that the watcher handed out.
struct ReadyFile: Sendable {
    let key: FileKey
    let identity: FileIdentity
    /// As the configuration was when the work began.
    let folder: ServiceFolder
    let pipeline: LoadedPipeline
    /// Nothing else runs beside it.
    var isAlone = false
}

/// Takes one file from the drop folder to its results, in two steps with a reservation of memory between them.
///
/// The order of commit: results durable, then the ledger, then the original. A process that dies in between leaves a
/// file that is done again to the same bytes, or an original that the next start moves.
struct FileProcessor: Sendable {
    let ledger: Ledger
    let scheduler: WorkScheduler
    let originals: Originals
    let claims = ResultClaims()

    /// How often the process may die over one content: the second time nothing ran beside it. A content that went
    /// through the same pipeline before is hardly the cause, and is given more tries before the service is held up no
    /// longer.
    static let deathLimit = 2
    static let deathLimitWhenDone = 4

    /// A file whose header has been read; what remains is the work, which needs `memory` bytes.
    ///
    /// `@unchecked`: it is handed from the item that made it to the one that runs it.
    final class Prepared: @unchecked Sendable {
        let file: ReadyFile
        let descriptor: FileDescriptor
        let entry: LedgerEntry.ID
        let hash: ContentHash
        let picture: PictureRun
        let memory: Int

        fileprivate init(
            _ file: ReadyFile, _ descriptor: FileDescriptor, _ entry: LedgerEntry.ID, _ hash: ContentHash,
            _ picture: PictureRun, memory: Int
        ) {
            self.file = file
            self.descriptor = descriptor
            self.entry = entry
            self.hash = hash
            self.picture = picture
            self.memory = memory
        }

        deinit { try? descriptor.close() }
    }

    enum Preparation: Sendable {
        case ready(Prepared)
        case ended(FileEnd)
    }

    // MARK: Before the memory is reserved

    /// Opens the file, finds out whether its result exists, reads its header and plans the work.
    func prepare(_ file: ReadyFile, _ cancellation: CancellationToken) -> Preparation {
        var entry: LedgerEntry.ID?
        do {
            guard let (descriptor, identity) = try DroppedFile.open(file.key.path, in: file.folder.input) else {
                try ledger.record([(file.folder.input, .vanished(file.key))])
                return .ended(.vanished(file.key))
            }
            var isKept = false
            defer { if !isKept { try? descriptor.close() } }
            guard identity == file.identity else { return .ended(.changed(file.key)) }
            try checkSize(file)
            guard let hash = try hash(descriptor, cancellation) else { return .ended(.abandoned(file.key)) }
            let deaths = try ledger.deaths(over: hash, pipeline: file.pipeline.hash)
            if deaths.count > 0, !file.isAlone { return .ended(.suspect(file)) }
            var beginning = try ledger.begin(
                file.key.path, in: file.folder.input, identity, hash: hash, pipeline: file.pipeline.hash)
            if case .doneBefore(let id, let earlier) = beginning {
                if originals.areThere(earlier.outputs) { return .ended(try doneBefore(file, id, earlier)) }
                beginning = try ledger.beginAgain(id, pipeline: file.pipeline.hash)
            }
            guard case .proceed(let id) = beginning else { return .ended(.changed(file.key)) }
            entry = id
            try checkDeaths(deaths)
            let picture = try PictureRun(
                file.pipeline.pipeline, descriptor: descriptor.rawValue, options: PictureOptions(file.folder.limits),
                isCancelled: { cancellation.isCancelled })
            let memory = picture.predictedMemory(width: scheduler.width)
            try checkMemory(memory)
            isKept = true
            return .ready(Prepared(file, descriptor, id, hash, picture, memory: memory))
        } catch {
            return .ended(ended(file, entry, error, cancellation))
        }
    }

    private func hash(_ descriptor: FileDescriptor, _ cancellation: CancellationToken) throws(FileFailure)
        -> ContentHash?
    {
        do {
            return try ContentHash(of: descriptor, isCancelled: { cancellation.isCancelled })
        } catch {
            throw FileFailure(reading: error)
        }
    }

    private func checkSize(_ file: ReadyFile) throws(FileFailure) {
        let limit = file.pipeline.pipeline.limits(over: DecodeLimits(file.folder.limits)).fileBytes
        guard file.identity.size > limit else { return }
        let error = CodecError.limit(.fileBytes, found: "\(file.identity.size)", allowed: "\(limit)")
        throw FileFailure(code: "file-bytes", kind: .permanent, message: error.message, hint: error.hint)
    }

    private func checkDeaths(_ deaths: Ledger.Deaths) throws(FileFailure) {
        guard deaths.count >= (deaths.wasDone ? Self.deathLimitWhenDone : Self.deathLimit) else { return }
        throw FileFailure(
            code: FileFailure.killsTheService, kind: .permanent,
            message:
                "the service died \(deaths.count) times over this content, the last time while nothing else was in work",
            hint: "if somebody killed it by hand, svertka retry tries the file again; otherwise report it with the file"
        )
    }

    private func checkMemory(_ memory: Int) throws(FileFailure) {
        guard memory > scheduler.memory.bytes else { return }
        throw FileFailure(
            code: "memory", kind: .permanent,
            message: "the picture needs \(memory) bytes of memory; the service may use \(scheduler.memory.bytes)",
            hint: "raise memory in the configuration (and MemoryMax= of the service)")
    }

    private func doneBefore(_ file: ReadyFile, _ id: LedgerEntry.ID, _ earlier: LedgerEntry) throws -> FileEnd {
        let place: LedgerEntry.Place = file.folder.originals == .keep ? .dropped : .leaving
        try ledger.done(
            id, outputs: earlier.outputs, place: place, note: "the same picture was done before, so nothing was to do")
        return disposed(file, id) { .doneBefore(file.key, $0) }
    }

    // MARK: With the memory reserved

    /// Computes the results, publishes them, records them, and puts the original where it belongs.
    func run(_ prepared: Prepared, _ cancellation: CancellationToken) -> FileEnd {
        let file = prepared.file
        do {
            let publication = try openOutput(file.folder)
            let outputs = FolderOutputs(publication, of: file, ledger, claims)
            defer { outputs.end() }
            let context = RunContext(
                workers: scheduler, checkCancellation: { try cancellation.throwIfCancelled() })
            let report = try prepared.picture.run(
                name: PictureName(relativePath: file.key.path.bytes), outputs: outputs, context: context)
            // Names can point to other bytes by now; what counts is the file that was read.
            let after = try DroppedFile.identity(of: prepared.descriptor)
            guard after.size == file.identity.size, after.modified == file.identity.modified else {
                publication.abandon()
                try ledger.waiting(
                    prepared.entry, code: "changed", reason: "it changed while it was read")
                return .changed(file.key)
            }
            let published = try publication.commit().map { file.folder.output.appending($0.path.components) }
            let place: LedgerEntry.Place = file.folder.originals == .keep ? .dropped : .leaving
            let note = report.warnings.isEmpty ? nil : report.warnings.joined(separator: "; ")
            try ledger.done(prepared.entry, outputs: published, place: place, note: note)
            return disposed(file, prepared.entry) { .done(file.key, $0) }
        } catch {
            return ended(file, prepared.entry, error, cancellation)
        }
    }

    /// Whatever keeps the folder itself from being opened is no fault of the file.
    private func openOutput(_ folder: ServiceFolder) throws(FileFailure) -> Publication {
        do {
            return try Publication(root: folder.output)
        } catch {
            throw FileFailure(folder: error)
        }
    }

    /// Puts the original of recorded results where it belongs. Where that fails the file is handed out again, and only
    /// this is tried again.
    private func disposed(
        _ file: ReadyFile, _ entry: LedgerEntry.ID, _ end: (Originals.Fate) -> FileEnd
    ) -> FileEnd {
        do {
            return end(
                try originals.dispose(file.key.path, file.identity, file.folder, entry, ledger: ledger))
        } catch let error as LedgerError {
            return .postponed(file.key, FileFailure(error))
        } catch let error as OutboxError {
            return .postponed(file.key, FileFailure(folder: error))
        } catch {
            return .postponed(file.key, FileFailure(code: "unexpected", kind: .transient, message: "\(error)"))
        }
    }

    // MARK: Failures

    private func ended(
        _ file: ReadyFile, _ entry: LedgerEntry.ID?, _ error: any Error, _ cancellation: CancellationToken
    ) -> FileEnd {
        let failure: FileFailure
        switch (error, cancellation.isCancelled ? cancellation.reason : nil) {
        case (_, .timeLimit(let limit)?):
            failure = FileFailure(
                code: "too-slow", kind: .permanent, message: "it was not done within \(limit)",
                hint: "raise limits.seconds, or simplify the pipeline")
        case (_, .some):
            if let entry {
                try? ledger.waiting(entry, code: "stopped", reason: "the service stopped meanwhile")
            }
            return .abandoned(file.key)
        case (let error as FileFailure, nil): failure = error
        case (let error as PictureError, nil): failure = FileFailure(error)
        case (let error as OutboxError, nil): failure = FileFailure(error)
        case (let error as Errno, nil): failure = FileFailure(reading: error)
        case (let error as LedgerError, nil): failure = FileFailure(error)
        case (let error, nil):
            failure = FileFailure(
                code: "unexpected", kind: .permanent, message: "\(error)", hint: "report this as a bug")
        }
        guard failure.kind == .transient else { return failed(file, entry, failure) }
        if let entry { try? ledger.waiting(entry, code: failure.code, reason: failure.text) }
        return .postponed(file.key, failure)
    }

    /// Records a failure and puts the file beside its note.
    func failed(_ file: ReadyFile, _ entry: LedgerEntry.ID?, _ failure: FileFailure) -> FileEnd {
        do {
            // Without an entry it failed before its content was known.
            if entry == nil { try ledger.record([(file.folder.input, .ready(file.key, file.identity))]) }
            guard let known = try ledger.entries(for: file.key.path, in: file.folder.input, limit: 1).first else {
                return .postponed(file.key, failure)
            }
            let id = entry ?? known.id
            try ledger.failed(
                id, code: failure.code, reason: failure.text, place: .leaving,
                isForDeaths: failure.code == FileFailure.killsTheService)
            do {
                let fate = try originals.setAside(
                    file.key.path, file.identity, file.folder, id, failure, attempts: max(known.attempts, 1),
                    ledger: ledger)
                return .failed(file.key, failure, fate)
            } catch let error as OutboxError {
                // It waits until it can be set aside.
                try ledger.waiting(id, code: FileFailure(error).code, reason: error.message)
                throw error
            }
        } catch let error as LedgerError {
            return .postponed(file.key, FileFailure(error))
        } catch let error as OutboxError {
            // Not the folder of results but that of failures.
            var cause = FileFailure(error)
            cause.scope = .file
            return .postponed(file.key, cause)
        } catch {
            return .postponed(file.key, FileFailure(code: "unexpected", kind: .transient, message: "\(error)"))
        }
    }
}

extension PictureOptions {
    init(_ limits: ServiceConfiguration.Limits) {
        self.init()
        self.limits = DecodeLimits(limits)
    }
}

extension DecodeLimits {
    fileprivate init(_ limits: ServiceConfiguration.Limits) {
        self.init(
            megapixels: limits.megapixels, side: limits.side, fileBytes: limits.fileBytes,
            decodedBytes: limits.decodedBytes, scans: limits.scans, chunks: limits.chunks,
            metadataBytes: limits.metadataBytes, inflatedMetadataBytes: limits.inflatedMetadataBytes)
    }
}
