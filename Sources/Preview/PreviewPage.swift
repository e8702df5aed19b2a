import Dataflow
import Operations
import Pipelines
import Raster
import Specification

/// The page, put together from what the steps made.
struct PreviewPage {
    let pipeline: Pipeline
    let image: String
    let report: PictureReport
    let plan: PicturePlan
    let times: PipelineBenchmark.Result
    let pictures: [Int: PictureView]
    let tables: [Int: TableView]
    let refreshes: Bool

    /// How large the pictures of a page are.
    private struct Sizes {
        var overview: Int
        var detail: Int
        var range: Int
        var quality: Int
    }

    private static let sizes = [
        Sizes(overview: 2000, detail: 768, range: 1000, quality: 88),
        Sizes(overview: 1700, detail: 640, range: 850, quality: 87),
        Sizes(overview: 1500, detail: 512, range: 750, quality: 86),
        Sizes(overview: 1400, detail: 384, range: 700, quality: 85),
        Sizes(overview: 1200, detail: 320, range: 600, quality: 82),
        Sizes(overview: 1000, detail: 256, range: 500, quality: 80),
        Sizes(overview: 800, detail: 224, range: 400, quality: 78),
        Sizes(overview: 640, detail: 192, range: 320, quality: 75),
        Sizes(overview: 480, detail: 128, range: 240, quality: 72),
        Sizes(overview: 320, detail: 96, range: 160, quality: 70),
        Sizes(overview: 160, detail: 48, range: 80, quality: 60),
    ]

    /// The largest form that fits; of a pipeline of hundreds of steps even the smallest may not.
    func html(limit: Int) throws -> String {
        var page = ""
        for sizes in Self.sizes {
            page = try html(sizes)
            if page.utf8.count <= limit { break }
        }
        return page
    }

    private func html(_ sizes: Sizes) throws -> String {
        let steps = pipeline.outline
        let cards = try steps.map { try card($0, steps, sizes) }.joined()
        let size = plan.taps.first?.format.size ?? plan.traits.size
        let total = text(times.decode + times.steps + times.encode)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(escaped(pipeline.name)) on \(escaped(image))</title>
            <style>\(Self.style)</style>
            </head>
            <body\(refreshes ? " data-refresh" : "")>
            <header>
            <h1>\(escaped(pipeline.name))</h1>
            <p>\(escaped(image)), \(size), \(plan.traits.format.rawValue); \(total) ms: decode \(text(times.decode)), \
            steps \(text(times.steps)), encode \(text(times.encode)); the time of each step is that of a run of its own</p>
            <nav aria-label="Zoom"><button data-zoom="fit">whole picture</button><button data-zoom="1">1:1</button>\
            <button data-zoom="4">4:1</button><button data-zoom="12">12:1</button>\
            <span>drag to move, pinch or Ctrl+wheel to zoom; all pictures follow</span></nav>
            </header>
            <main>
            \(cards)</main>
            \(try warnings())<script>\(Self.script)</script>
            </body>
            </html>

            """
    }

    private func warnings() throws -> String {
        guard !report.warnings.isEmpty else { return "" }
        return "<footer>" + report.warnings.map { "<p>warning: \(escaped($0))</p>" }.joined() + "</footer>\n"
    }

    // MARK: One step

    private func card(_ step: StepOutline, _ steps: [StepOutline], _ sizes: Sizes) throws -> String {
        let names = step.names.isEmpty ? "" : " <small>as \(escaped(step.names.joined(separator: ", ")))</small>"
        let index = step.number - 1
        let time = times.byStep.indices.contains(index) ? times.byStep[index].milliseconds : 0
        var body = ""
        for value in step.results {
            if let picture = pictures[value] {
                body += try figure(picture, value, step)
                body += try pictureData(picture, value, sizes)
                body +=
                    pipeline.types[value].kind == .classMap
                    ? legend(picture.histogram, pipeline.types[value])
                    : details("Histogram", histogram(picture.histogram))
            } else if let table = tables[value] {
                body += self.table(table, value, step)
            }
        }
        if let kernel = step.kernel {
            body += details("Kernel, \(kernel.count)×\(kernel.first?.count ?? 0)", grid(kernel), open: true)
        }
        for case (step.label, let finding as any Finding) in report.findings {
            if let places = finding as? PatternPlaces, let input = picture(before: step) {
                body += marked(input, places.places.map { Mark($0, of: places) }, of: places.count)
            }
            body += details("Found", "<pre>\(escaped(JSONWriter.text(finding.json, style: .pretty)))</pre>")
        }
        let plan = plan.explanation.indices.contains(index) ? plan.explanation[index].lines : []
        let lines = ([JSONWriter.text(step.canonical)] + plan).map(escaped).joined(separator: "\n")
        body += details("Keys and plan", "<pre>\(lines)</pre>")
        return """
            <section id="step-\(step.number)"\(body.contains("<figure") ? "" : " class=\"plain\"")>
            <h2><b>\(step.number)</b> \(escaped(step.op))\(names)<span>\(text(time)) ms</span></h2>
            \(body)</section>

            """
    }

    /// The place of a picture; the script puts the picture itself, and that of the step before, into it.
    private func figure(_ picture: PictureView, _ value: Int, _ step: StepOutline) throws -> String {
        let before = step.inputs.first { pictures[$0] != nil }
        let slider =
            before.map { _ in
                "<label class=\"cut\">before <input type=\"range\" min=\"0\" max=\"100\" value=\"100\" "
                    + "aria-label=\"Share of the picture after the step\"> after</label>"
            } ?? ""
        let range = picture.histogram.least < -0.5 || picture.histogram.most > 255.5
        let toggle = range ? "<label><input type=\"checkbox\" class=\"range\"> whole range</label>" : ""
        let name = step.results.count > 1 ? step.name(of: value) : "\(step.op)"
        return """
            <figure data-value="\(value)"\(before.map { " data-before=\"\($0)\"" } ?? "")>
            <div class="view" role="img" aria-label="\(escaped(name)), \(picture.format.size)"></div>
            <figcaption>\(step.results.count > 1 ? escaped(name) + ": " : "")\(picture.format.size), \
            \(picture.format.layout.rawValue)\(slider)\(toggle)</figcaption>
            </figure>

            """
    }

    /// The pictures, once for all figures that show them; without a script the reduced picture stands here by itself.
    private func pictureData(_ picture: PictureView, _ value: Int, _ sizes: Sizes) throws -> String {
        let size = picture.format.size
        var images: [String] = []
        func add(_ kind: String, _ thumbnail: Thumbnail, x: Int, y: Int, width: Int, height: Int, quality: Int?) throws
        {
            images.append(
                "<img class=\"\(kind)\" alt=\"\" data-place=\"\(x) \(y) \(width) \(height)\" "
                    + "src=\"\(try thumbnail.dataAddress(quality: quality))\">")
        }
        let overview = picture.overview.reduced(toLongestSide: sizes.overview)
        let isWhole = overview.size == size && size.pixelCount <= sizes.detail * sizes.detail * 2
        try add(
            "overview", overview, x: 0, y: 0, width: size.width, height: size.height,
            quality: isWhole ? nil : sizes.quality)
        if !isWhole {
            let (piece, left, top) = picture.detail.middle(side: sizes.detail)
            try add(
                "detail", piece, x: picture.detailOrigin.x + left, y: picture.detailOrigin.y + top,
                width: piece.size.width, height: piece.size.height, quality: nil)
        }
        if let range = picture.wholeRange {
            try add(
                "whole", range.reduced(toLongestSide: sizes.range), x: 0, y: 0, width: size.width,
                height: size.height, quality: sizes.quality)
        }
        return "<div class=\"data\" data-value=\"\(value)\" data-size=\"\(size.width) \(size.height)\">"
            + images.joined() + "</div>\n"
    }

    // MARK: What is found

    private func table(_ table: TableView, _ value: Int, _ step: StepOutline) -> String {
        let type = pipeline.types[value]
        let rows = table.rows.filter { $0.classIndex >= 0 }
        func name(_ row: FindingTable.Row) -> String {
            escaped(type.classes?.name(of: row.classIndex) ?? "class \(row.classIndex)")
        }
        func bar(_ row: FindingTable.Row) -> String {
            "<tr><td>\(name(row))<td><meter max=\"1\" value=\"\(row.score)\"></meter> \(text(row.score * 100)) %"
        }
        guard type.kind == .boxes else {
            // The first row is the decision, which stands among the best as well.
            return "<table class=\"found\">" + rows.dropFirst().map(bar).joined() + "</table>\n"
        }
        guard let input = picture(before: step) else {
            return "<table class=\"found\">" + rows.map(bar).joined() + "</table>\n"
        }
        let marks = rows.filter { $0.place.count >= 4 }.map { row in
            Mark(
                left: row.place[0], top: row.place[1], width: row.place[2] - row.place[0],
                height: row.place[3] - row.place[1], text: "\(name(row)) \(text(row.score * 100)) %")
        }
        return marked(input, marks, of: rows.count)
    }

    /// A place in a picture, in its pixels, and what stands above it (HTML).
    fileprivate struct Mark {
        var left, top, width, height: Double
        var text: String
    }

    private func picture(before step: StepOutline) -> Int? { step.inputs.first { pictures[$0] != nil } }

    private func marked(_ value: Int, _ marks: [Mark], of count: Int) -> String {
        guard let size = pictures[value]?.format.size else { return "" }
        let shapes = marks.map { mark in
            "<g><rect x=\"\(mark.left)\" y=\"\(mark.top)\" width=\"\(mark.width)\" height=\"\(mark.height)\"/>"
                + "<text x=\"\(mark.left)\" y=\"\(mark.top)\">\(mark.text)</text></g>"
        }
        let places = "\(count) \(count == 1 ? "place" : "places")"
        return """
            <figure data-value="\(value)">
            <div class="view" role="img" aria-label="\(places)"></div>
            <svg class="marks" viewBox="0 0 \(size.width) \(size.height)">\(shapes.joined())</svg>
            <figcaption>\(places)\(marks.count < count ? ", \(marks.count) of them drawn" : "")</figcaption>
            </figure>

            """
    }

    /// The classes of a map by their colours, the most frequent first.
    private func legend(_ histogram: SampleHistogram, _ type: ValueType) -> String {
        let palette = ClassPalette(type.classes?.count ?? 256)
        let classes = histogram.counts[0].enumerated().filter { $0.element > 0 }.sorted { $0.element > $1.element }
        let rows = classes.map { index, count in
            let name = escaped(type.classes?.name(of: index) ?? "class \(index)")
            let share = text(100 * Double(count) / Double(max(histogram.total, 1)), digits: 2)
            return "<tr><td><i class=\"chip\" style=\"background:\(palette.colour(of: Float(index)).text)\"></i> "
                + "\(name)<td>\(share) %"
        }
        return "<table class=\"found\">" + rows.joined() + "</table>\n"
    }

    // MARK: Histogram and kernel

    private func histogram(_ histogram: SampleHistogram) -> String {
        let most = Double(max(1, histogram.counts.flatMap { $0.dropFirst().dropLast() }.max() ?? 1))
        let colors = histogram.counts.count >= 3 ? ["#e33", "#2a2", "#36f"] : ["#888"]
        let paths = zip(histogram.counts, colors).map { counts, color in
            let points = counts.enumerated().map { value, count in
                "L\(value) \(text(64 - 64 * min(1, Double(count) / most)))"
            }
            return "<path fill=\"\(color)\" d=\"M0 64\(points.joined())L255 64Z\"/>"
        }
        func share(_ count: Int) -> String { text(100 * Double(count) / Double(max(histogram.total, 1)), digits: 2) }
        return "<svg class=\"histogram\" viewBox=\"0 0 256 64\" preserveAspectRatio=\"none\">\(paths.joined())</svg>"
            + "<p>\(text(Double(histogram.least))) … \(text(Double(histogram.most))); "
            + "\(share(histogram.below)) % below 0, \(share(histogram.above)) % above 255</p>"
    }

    private func grid(_ kernel: [[Double]]) -> String {
        let most = max(kernel.flatMap { $0.map(abs) }.max() ?? 1, 1e-12)
        let hasNumbers = kernel.count <= 9 && (kernel.first?.count ?? 0) <= 9
        let rows = kernel.map { row in
            "<tr>"
                + row.map { weight in
                    let strength = text(abs(weight) / most, digits: 2)
                    let color = weight < 0 ? "40,90,220" : "235,120,20"
                    let number = hasNumbers ? text(weight, digits: 3) : ""
                    return
                        "<td style=\"background:rgba(\(color),\(strength))\" title=\"\(text(weight, digits: 6))\">\(number)"
                }.joined()
        }
        return "<div class=\"wide\"><table class=\"kernel\(hasNumbers ? "" : " dense")\">\(rows.joined())</table></div>"
    }

    private func details(_ title: String, _ content: String, open: Bool = false) -> String {
        "<details\(open ? " open" : "")><summary>\(title)</summary>\(content)</details>\n"
    }

    private func text(_ value: Double, digits: Int = 1) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        // Without 0 a small negative number would be told as -0.0.
        return numberText((value * scale).rounded() / scale + 0)
    }
}

/// Text that means nothing to HTML.
func escaped(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }
    var result = ""
    for character in lines.joined(separator: "\n") {
        switch character {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        default: result.append(character)
        }
    }
    return result
}

extension PreviewPage.Mark {
    fileprivate init(_ place: PatternPlaces.Place, of places: PatternPlaces) {
        self.init(
            left: Double(place.x), top: Double(place.y), width: Double(places.width), height: Double(places.height),
            text: numberText((place.response * 1000).rounded() / 1000))
    }
}
