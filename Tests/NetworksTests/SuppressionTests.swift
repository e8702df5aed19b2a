import Foundation
import Operations
import Raster
import Testing

@testable import Networks

@Suite("Of boxes that overlap the best is kept, in each class")
struct SuppressionTests {
    private func boxes(_ count: Int, seed: UInt64) -> [Detection] {
        var random = SeededNumbers(seed)
        return (0..<count).map { _ in
            let x = Double(random.next(in: 0...80)), y = Double(random.next(in: 0...80))
            let w = Double(random.next(in: 1...40)), h = Double(random.next(in: 1...40))
            return Detection(
                box: Box(left: x, top: y, right: x + w, bottom: y + h),
                // Few different scores, so that there are equal ones.
                score: Double((random.next(in: 0...1) * 20).rounded() / 20), kind: Int(random.next(in: 0...2.99)))
        }
    }

    /// Picks the best of all that are left, again and again, and strikes out what it covers.
    private func naive(_ boxes: [Detection], overlap: Double, count: Int) -> [Detection] {
        var left = boxes
        var kept: [Detection] = []
        while !left.isEmpty, kept.count < count {
            let most = left.map(\.score).max()!
            let best = left.remove(at: left.firstIndex { $0.score == most }!)
            kept.append(best)
            left.removeAll { other in
                let width = min(best.box.right, other.box.right) - max(best.box.left, other.box.left)
                let height = min(best.box.bottom, other.box.bottom) - max(best.box.top, other.box.top)
                let shared = width > 0 && height > 0 ? width * height : 0
                let a = (best.box.right - best.box.left) * (best.box.bottom - best.box.top)
                let b = (other.box.right - other.box.left) * (other.box.bottom - other.box.top)
                return other.kind == best.kind && shared / (a + b - shared) > overlap
            }
        }
        return kept
    }

    @Test(arguments: [0, 0.3, 0.5, 0.9, 1], [1, 7, 1000])
    func equalsTheNaiveWay(overlap: Double, count: Int) {
        for seed in 1...8 {
            let boxes = boxes(60, seed: UInt64(seed))
            #expect(boxes.suppressed(overlap: overlap, count: count) == naive(boxes, overlap: overlap, count: count))
        }
    }

    @Test func edges() {
        #expect([Detection]().suppressed(overlap: 0.5, count: 10).isEmpty)
        let flat = Detection(box: Box(left: 3, top: 3, right: 3, bottom: 9), score: 1, kind: 0)
        #expect([flat, flat].suppressed(overlap: 0.5, count: 10).count == 2)
        let turned = Box(left: 5, top: 5, right: 2, bottom: 2)
        #expect(turned.area == 0 && turned.overlap(turned) == 0)
    }

    /// What the preparation does to a place, its undoing takes back.
    @Test(
        arguments: [
            (InputFit.stretch, InputFit.Place.center, nil), (.contain, .center, nil), (.contain, .topLeft, nil),
            (.cover, .center, nil), (.cover, .center, 300),
        ] as [(InputFit, InputFit.Place, Int?)])
    func preparationIsUndone(fit: InputFit, place: InputFit.Place, shortSide: Int?) {
        for (width, height) in [(640, 480), (333, 777), (1, 500), (256, 256), (4000, 31)] {
            var card = ModelCard.Input()
            (card.fit, card.place, card.shortSide) = (fit, place, shortSide)
            let geometry = InputGeometry(
                ImageSize(width: width, height: height), to: ImageSize(width: 256, height: 192), card)
            let x = 0.3 * Double(width), y = 0.6 * Double(height)
            let u = x * Double(geometry.resized.width) / Double(width) + Double(geometry.offset.x)
            let v = y * Double(geometry.resized.height) / Double(height) + Double(geometry.offset.y)
            #expect(abs(geometry.pictureX(u) - x) < 1e-9 && abs(geometry.pictureY(v) - y) < 1e-9)
            let box = Detection(box: Box(left: u, top: v, right: u + 1e6, bottom: v + 1e6), score: 1, kind: 0)
            let row = box.row(undoing: geometry)
            #expect(row?.place[2] == Double(width) && row?.place[3] == Double(height))
        }
    }
}
