import Dataflow
import Glibc
import Pipelines
import Raster
import Scheduling

/// What a batch will probably need, from the headers of some of its inputs and the time that a few of them take here.
public struct JobSample: Sendable {
    /// How many inputs there are; 0 where none can be seen from this machine.
    public var inputs = 0
    /// The largest memory that one picture is predicted to need, on one core and on all of a task.
    public var bytesAlone = 0
    public var bytesTogether = 0
    /// What the pipeline keeps in memory for all pictures.
    public var bytesKept = 0
    /// The mean time of a picture on one core of this machine; nil where none could be run.
    public var secondsPerPicture: Double?
    /// How many headers were read.
    public var headers = 0

    /// Of no input at all.
    static let empty = JobSample()

    private init() {}

    static let headerLimit = 2000
    static let runLimit = 3

    /// Looks at inputs that are spread over the whole batch, the same ones each time.
    public init(_ pipeline: Pipeline, walk: consuming InputWalk, cpus: Int) {
        bytesKept = pipeline.keptByteCount
        var chosen = SmallestHashes(limit: Self.headerLimit)
        while let event = walk.next() {
            guard case .file(let file) = event else { continue }
            inputs += 1
            chosen.add(file)
        }
        var pictures: [(file: InputFile, megapixels: Double)] = []
        for file in chosen.files {
            Self.withPicture(pipeline, file) { picture in
                bytesAlone = max(bytesAlone, picture.predictedMemory(width: 1))
                bytesTogether = max(bytesTogether, picture.predictedMemory(width: cpus))
                pictures.append((file, picture.plan.traits.size.megapixels))
            }
        }
        headers = pictures.count
        measure(pipeline, pictures)
        if pictures.isEmpty { assume(pipeline, cpus: cpus) }
    }

    /// Times a small, a middle and a large picture, and takes the rest to go by their pixels.
    private mutating func measure(_ pipeline: Pipeline, _ pictures: [(file: InputFile, megapixels: Double)]) {
        let sorted = pictures.sorted { $0.megapixels < $1.megapixels }
        guard !sorted.isEmpty else { return }
        let ranks = Set((0..<Self.runLimit).map { ($0 * 2 + 1) * sorted.count / (2 * Self.runLimit) })
        var seconds = 0.0
        var megapixels = 0.0
        for rank in ranks {
            Self.withPicture(pipeline, sorted[rank].file) { picture in
                let clock = ContinuousClock()
                let start = clock.now
                guard (try? picture.run(name: sorted[rank].file.name, outputs: Discarded())) != nil else { return }
                seconds += (clock.now - start) / .seconds(1)
                megapixels += sorted[rank].megapixels
            }
        }
        guard megapixels > 0 else { return }
        let mean = sorted.reduce(0) { $0 + $1.megapixels } / Double(sorted.count)
        secondsPerPicture = seconds / megapixels * mean
    }

    /// Where no input can be seen: a photograph of 24 megapixels.
    private mutating func assume(_ pipeline: Pipeline, cpus: Int) {
        let traits = PictureTraits(
            format: .jpeg, size: ImageSize(width: 6000, height: 4000), layout: .rgb, hasLumaPlane: true)
        guard let plan = try? PicturePlan(pipeline, for: traits) else { return }
        bytesAlone = plan.memory(width: 1)
        bytesTogether = plan.memory(width: cpus)
    }

    private static func withPicture(_ pipeline: Pipeline, _ file: InputFile, _ body: (PictureRun) -> Void) {
        let descriptor = withPath(file.path) { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let picture = try? PictureRun(pipeline, descriptor: descriptor)
        else { return }
        body(picture)
    }
}

/// Takes outputs and lets them go.
private final class Discarded: OutputProvider {
    private let descriptors = Guarded<[Int32]>([])

    func create(_ relativePath: [UInt8]) throws -> Int32? {
        let descriptor = open("/dev/null", O_WRONLY | O_CLOEXEC)
        descriptors.withLock { $0.append(descriptor) }
        return descriptor
    }

    func createUnnamed() throws -> Int32 { try create([])! }

    func name(_ descriptor: Int32, _ relativePath: [UInt8]) throws -> Bool { true }

    deinit { descriptors.withLock { $0.forEach { close($0) } } }
}

/// The files with the smallest hashes: a sample that is spread over all, made in one pass.
private struct SmallestHashes {
    let limit: Int
    private var entries: [(hash: UInt64, file: InputFile)] = []

    init(limit: Int) {
        self.limit = limit
    }

    var files: [InputFile] { entries.sorted { $0.hash < $1.hash }.prefix(limit).map(\.file) }

    mutating func add(_ file: InputFile) {
        entries.append((Share.hash(file.path), file))
        guard entries.count >= 2 * limit else { return }
        entries.sort { $0.hash < $1.hash }
        entries.removeLast(limit)
    }
}
