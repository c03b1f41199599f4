"""CloudWatch's console as a custom widget meets it, in a real browser; and that browser.

with chromium() as browser, Console(browser.new_page(), call) as console:
    console.open(theme="dark")
    console.widget.get_by_role("button", name="Filter").click()

What the console does is AWS's published behaviour, as far as a widget can tell.
Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
         https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_security.html
"""

from simulated_console.browser import CHROMIUM, chromium
from simulated_console.console import Console

__all__ = ["CHROMIUM", "Console", "chromium"]
