import Dataflow
import Operations
import Pipelines
import Raster
import Scheduling
import Specification

/// A page that shows what every step of a pipeline makes of one picture.
public struct PipelinePreview {
    /// Bytes of the page at most; its pictures become smaller until it fits.
    public static let limit = 4_800_000

    private let pipeline: Pipeline
    private let image: String
    private let center: (x: Int, y: Int)?
    private let scheduler: WorkScheduler

    /// - `center`: the pixel in the middle of the pieces that are shown in true pixels; nil for the picture's middle.
    public init(_ pipeline: Pipeline, image: String, center: (x: Int, y: Int)? = nil, scheduler: WorkScheduler) {
        self.pipeline = pipeline
        self.image = image
        self.center = center
        self.scheduler = scheduler
    }

    /// - `refreshes`: the page loads itself again from time to time.
    public func page(refreshes: Bool = false) throws -> String {
        let run = try TappedRun(pipeline, image: image, scheduler: scheduler)
        let size = run.plan.taps.first?.format.size ?? run.plan.traits.size
        let part =
            center.map { (Double($0.x) / Double(size.width), Double($0.y) / Double(size.height)) } ?? (0.5, 0.5)
        var pictures: [Int: PictureView] = [:]
        var tables: [Int: TableView] = [:]
        let report = try run.run { tap in
            let type = pipeline.types[tap.value]
            switch type.kind {
            case .picture, .classMap:
                let palette = type.kind == .classMap ? ClassPalette(type.classes?.count ?? 256) : nil
                let view = PictureView(tap.format, center: part, palette: palette)
                pictures[tap.value] = view
                return view
            case .labels, .boxes:
                let view = TableView(tap.format)
                tables[tap.value] = view
                return view
            }
        }
        let times = try PipelineBenchmark(pipeline, image: image).run(count: 2, workers: scheduler)
        let page = PreviewPage(
            pipeline: pipeline, image: image, report: report, plan: run.plan, times: times, pictures: pictures,
            tables: tables, refreshes: refreshes)
        return try page.html(limit: Self.limit)
    }
}
