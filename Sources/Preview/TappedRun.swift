import Dataflow
import Foundation
import Pipelines
import Scheduling

/// One picture on its way through a pipeline for its values alone: nothing is written.
struct TappedRun {
    let plan: PicturePlan
    private let run: PictureRun
    private let file: OpenFile
    private let image: String
    private let scheduler: WorkScheduler

    init(_ pipeline: Pipeline, image: String, scheduler: WorkScheduler) throws {
        file = try OpenFile(image)
        var options = PictureOptions()
        options.isTapped = true
        run = try PictureRun(pipeline, descriptor: file.descriptor, options: options)
        plan = run.plan
        self.image = image
        self.scheduler = scheduler
    }

    func run(_ tap: @escaping (PicturePlan.Tap) -> any RowSink) throws -> PictureReport {
        try run.run(
            name: PictureName(relativePath: Array(image.utf8)), outputs: NoOutputs(),
            context: RunContext(workers: scheduler), tap: tap)
    }
}

private final class OpenFile {
    let descriptor: Int32

    init(_ path: String) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw PictureError(
                code: "unreadable", kind: .permanent, step: nil,
                message: "cannot be read: \(String(cString: strerror(errno)))",
                hint: "check the path and its permissions")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}

private final class NoOutputs: OutputProvider {
    private let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)

    deinit { close(nowhere) }

    func create(_ relativePath: [UInt8]) -> Int32? { nil }
    func createUnnamed() -> Int32 { nowhere }
    func name(_ descriptor: Int32, _ relativePath: [UInt8]) -> Bool { false }
}
