from ._anvil_designer import Form1Template
from anvil import *
import anvil.server
import plotly.graph_objects as go


class Form1(Form1Template):
    def __init__(self, **properties):
        self.init_components(**properties)
        # What is shown, and the value that goes with it.
        self.period.items = [("The last 3", 3), ("The last 6", 6), ("The last 12", 12)]
        self.period.selected_value = 12
        self.show_sales()

    def show_sales(self, **event_args):
        sales = anvil.server.call("sales_of", self.period.selected_value)
        months = [one["month"] for one in sales]
        amounts = [one["amount"] for one in sales]
        self.total.text = f"{sum(amounts):,}"
        self.average.text = f"{round(sum(amounts) / len(amounts)):,}"
        self.best.text = months[amounts.index(max(amounts))]
        # Any figure of plotly goes here: go.Scatter, go.Pie, go.Heatmap …
        self.plot.figure = go.Figure(
            data=[go.Bar(x=months, y=amounts)],
            layout=go.Layout(title="Sales by month", yaxis={"title": "Sold"}),
        )
