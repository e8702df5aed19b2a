import Dataflow
import Glibc
import Outbox
import Pipelines
import Scheduling
import Synchronization
import SystemPackage

/// Takes the inputs of a batch through a pipeline, one picture on each core; towards the end, when pictures are fewer
/// than cores, several cores work on one.
public final class BatchRun: Sendable {
    public struct Options: Sendable {
        public var picture = PictureOptions()
        public var onConflict = ConflictPolicy.fail

        public init() {}
    }

    private struct Feed {
        var walk: InputWalk
        /// Read ahead, to know when the end is near.
        var ahead: [InputWalk.Event] = []
        var count = 0
    }

    private let pipeline: Pipeline
    private let output: FilePath
    private let options: Options
    private let scheduler: WorkScheduler
    private let cancellation: CancellationToken
    private let claims = OutputClaims()
    private let feed: Mutex<Feed>
    /// Called from any thread, one call at a time, once for each input.
    private let observe: @Sendable (BatchOutcome) -> Void

    /// - `output`: a folder that exists.
    public init(
        _ pipeline: Pipeline, walk: consuming sending InputWalk, output: FilePath, options: Options,
        scheduler: WorkScheduler, cancellation: CancellationToken, observe: @escaping @Sendable (BatchOutcome) -> Void
    ) {
        self.pipeline = pipeline
        self.output = output
        self.options = options
        self.scheduler = scheduler
        self.cancellation = cancellation
        self.observe = observe
        feed = Mutex(Feed(walk: walk))
    }

    /// Files in folders that are no pictures.
    public var passedOver: Int { feed.withLock { $0.walk.passedOver } }

    public func run() throws {
        try scheduler.parallelFor(scheduler.width) { _ in
            while !self.cancellation.isCancelled, let (event, number, isScarce) = self.take() {
                self.observe(self.outcome(of: event, number: number, isScarce: isScarce))
            }
        }
    }

    /// The next input, its number, and whether fewer than one for each core are left.
    private func take() -> (InputWalk.Event, Int, Bool)? {
        feed.withLock { feed in
            while feed.ahead.count < scheduler.width, let event = feed.walk.next() { feed.ahead.append(event) }
            guard !feed.ahead.isEmpty else { return nil }
            feed.count += 1
            let isScarce = feed.ahead.count < scheduler.width
            return (feed.ahead.removeFirst(), feed.count, isScarce)
        }
    }

    private func outcome(of event: InputWalk.Event, number: Int, isScarce: Bool) -> BatchOutcome {
        let clock = ContinuousClock()
        let start = clock.now
        let input: InputFile
        var result: BatchOutcome.Result
        switch event {
        case .unreadable(let path, let errno):
            input = InputFile(path: path, name: PictureName(relativePath: path), isNamed: true)
            result = .failed(.unreadable(errno))
        case .file(let file):
            input = file
            do {
                let report = try process(file, number: number, isScarce: isScarce)
                result = report.map(BatchOutcome.Result.done) ?? .skipped
            } catch {
                result = .failed(BatchFailure(error))
            }
        }
        let parts = (clock.now - start).components
        return BatchOutcome(
            input: input, result: result, seconds: Double(parts.seconds) + Double(parts.attoseconds) / 1e18)
    }

    /// nil where every output was there already.
    private func process(_ file: InputFile, number: Int, isScarce: Bool) throws -> PictureReport? {
        let follow = file.isNamed ? 0 : O_NOFOLLOW
        // O_NONBLOCK: a pipe of this name must not hold the batch.
        let descriptor = withPath(file.path) { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | follow) }
        guard descriptor >= 0 else { throw BatchFailure.unreadable(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw BatchFailure.unreadable(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw BatchFailure(
                code: "not-a-file", kind: "permanent", message: "is no regular file",
                hint: "svertka reads files, no pipes, devices or sockets")
        }
        let cancellation = cancellation
        let picture = try PictureRun(
            pipeline, descriptor: descriptor, options: options.picture, isCancelled: { cancellation.isCancelled })
        let publication = try Publication(root: output, durable: false, claims: claims, owner: number)
        let outputs = PublishedOutputs(publication, onConflict: options.onConflict, input: descriptor)
        let context = RunContext(
            workers: isScarce ? scheduler : SingleWorker() as any ParallelWorkers,
            checkCancellation: { try cancellation.throwIfCancelled() })
        var report = try picture.run(name: file.name, outputs: outputs, context: context)
        if report.outputs.isEmpty { return nil }
        report.outputs = try publication.commit().filter { $0.disposition != .skipped }.map { file in
            file.path.withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
        }
        return report.outputs.isEmpty ? nil : report
    }
}
